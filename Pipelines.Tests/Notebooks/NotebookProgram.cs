using System.Globalization;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MLPipelines.Tests.Architecture;

namespace MLPipelines.Tests.Notebooks;

/// <summary>Compiles a program as <c>dotnet run</c> would, but for a mark on its output where each cell begins.</summary>
internal static class NotebookProgram
{
    /// <summary>Stands on a line before the output of a cell, followed by its number.</summary>
    public const char Mark = '\u001e';

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest).WithFeatures([new("FileBasedProgram", "true")]);

    /// <summary>Compiles against the projects that the program names, and what these reference; warnings are errors.</summary>
    /// <exception cref="FormatException">It does not compile.</exception>
    public static void Compile(NotebookSource source, string assemblyPath)
    {
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(assemblyPath),
            [CSharpSyntaxTree.ParseText(WithMarks(source), Parsing, source.Name), CSharpSyntaxTree.ParseText(ImplicitUsings, Parsing)],
            References(source).Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error, optimizationLevel: OptimizationLevel.Release)
                .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS8933", ReportDiagnostic.Suppress)]));
        var result = compilation.Emit(assemblyPath);
        if (!result.Success)
            throw new FormatException(string.Join(Environment.NewLine, result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
    }

    private static string WithMarks(NotebookSource source)
    {
        var root = CSharpSyntaxTree.ParseText(source.Text, Parsing).GetCompilationUnitRoot();
        var statements = root.Members.OfType<GlobalStatementSyntax>().Select(statement => (Line: statement.GetLocation().GetLineSpan().StartLinePosition.Line + 1, statement.SpanStart)).ToArray();
        string text = source.Text;
        for (int cell = source.Cells.Count - 1; cell >= 0; cell--)
        {
            int next = cell + 1 < source.Cells.Count ? source.Cells[cell + 1].FirstLine : int.MaxValue;
            if (statements.FirstOrDefault(statement => statement.Line >= source.Cells[cell].FirstLine && statement.Line < next) is { Line: > 0 } first)
                text = text.Insert(first.SpanStart, string.Create(CultureInfo.InvariantCulture, $"System.Console.WriteLine(\"\\u{(int)Mark:x4}{cell}\"); "));
        }
        return text;
    }

    private static IEnumerable<string> References(NotebookSource source)
    {
        var projects = new HashSet<string>(StringComparer.Ordinal);
        foreach (string project in source.Projects)
            Add(Path.GetFullPath(Path.Combine(NotebookFolder.Path, project)));
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) is var name && (!name.StartsWith("MLPipelines.", StringComparison.Ordinal) || projects.Contains(name)));

        void Add(string project)
        {
            if (!projects.Add(Path.GetFileNameWithoutExtension(project)))
                return;
            foreach (var reference in XDocument.Load(project).Descendants("ProjectReference"))
                Add(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value)));
            foreach (var reference in XDocument.Load(project).Descendants("MLNetReference").Select(reference => reference.Attribute("Include")!.Value))
                Add(Path.Combine(FloorTests.Root, "Pipelines", "Runtime", reference, $"MLPipelines.Runtime.{reference}.csproj"));
        }
    }
}
