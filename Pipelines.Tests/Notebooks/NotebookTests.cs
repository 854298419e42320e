using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MLPipelines.Tests.Architecture;
using MLPipelines.Tests.Readme;
using MLPipelines.Tests.Runtime.Torch;

namespace MLPipelines.Tests.Notebooks;

/// <summary>Every program of Pipelines/Notebooks runs, and its notebook shows what it says and what it writes.</summary>
/// <remarks>With MLP_UPDATE_NOTEBOOKS=1 the notebooks are written anew.</remarks>
[TestClass]
public sealed partial class NotebookTests
{
    private const string UpdateVariable = "MLP_UPDATE_NOTEBOOKS";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static IEnumerable<object[]> Programs => NotebookFolder.Programs.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Programs))]
    public void The_program_runs_and_its_notebook_shows_it(string name)
    {
        var source = NotebookSource.Read(NotebookFolder.Program(name));
        RequireEngines(source);
        using var folder = new TemporaryFolder();
        NotebookFolder.Furnish(folder);
        NotebookProgram.Compile(source, folder.File(name + ".dll"));
        var written = NotebookProcess.Run(folder.File(name + ".dll"), folder.Path);
        IReadOnlyList<NotebookOutput>[] outputs = [.. source.Cells.Select((_, cell) => NotebookFile.Outputs(written.GetValueOrDefault(cell, ""), folder.Path))];
        string twin = NotebookFile.Write(source, outputs);
        Assert.DoesNotContain(folder.Path, twin);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
            File.WriteAllText(NotebookFolder.Twin(name), twin);
        else
            Compare(source, outputs);
    }

    [TestMethod]
    [DynamicData(nameof(Programs))]
    public void The_notebook_is_of_format_4_5(string name)
    {
        using var notebook = JsonDocument.Parse(File.ReadAllText(NotebookFolder.Twin(name)));
        var root = notebook.RootElement;
        Assert.AreEqual((4, 5), (root.GetProperty("nbformat").GetInt32(), root.GetProperty("nbformat_minor").GetInt32()));
        Assert.AreEqual(".net-csharp", root.GetProperty("metadata").GetProperty("kernelspec").GetProperty("name").GetString());
        Assert.AreNotEqual("", root.GetProperty("metadata").GetProperty("kernelspec").GetProperty("display_name").GetString());
        Assert.AreEqual("C#", root.GetProperty("metadata").GetProperty("language_info").GetProperty("name").GetString());
        var cells = root.GetProperty("cells").EnumerateArray().ToArray();
        Assert.IsNotEmpty(cells);
        Assert.HasCount(cells.Length, cells.Select(cell => cell.GetProperty("id").GetString()).Distinct());
        foreach (var cell in cells)
        {
            Assert.MatchesRegex(CellId(), cell.GetProperty("id").GetString()!);
            Assert.AreEqual(JsonValueKind.Object, cell.GetProperty("metadata").ValueKind);
            Assert.IsTrue(cell.GetProperty("source").EnumerateArray().All(line => line.ValueKind == JsonValueKind.String));
            string[] expected = cell.GetProperty("cell_type").GetString() == "code" ? ["cell_type", "execution_count", "id", "metadata", "outputs", "source"] : ["cell_type", "id", "metadata", "source"];
            CollectionAssert.AreEqual(expected, cell.EnumerateObject().Select(property => property.Name).ToArray());
        }
        foreach (var output in cells.Where(cell => cell.TryGetProperty("outputs", out _)).SelectMany(cell => cell.GetProperty("outputs").EnumerateArray()))
        {
            string[] expected = output.GetProperty("output_type").GetString() == "stream" ? ["name", "output_type", "text"] : ["data", "metadata", "output_type"];
            CollectionAssert.AreEqual(expected, output.EnumerateObject().Select(property => property.Name).ToArray());
        }
    }

    [TestMethod]
    public void Dotnet_run_runs_a_program_and_leaves_nothing_beside_it()
    {
        const string Name = "recommendation";
        using var folder = new TemporaryFolder();
        NotebookFolder.Furnish(folder);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["run", NotebookFolder.Program(Name)])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false" },
        };
#if !MLNET_BUNDLED
        start.Environment["MLNetSource"] = "NuGet";
#endif
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"dotnet run took more than {Patience}.");
        }
        Assert.AreEqual(0, process.ExitCode, output.Result + error.Result);
        var shown = NotebookFile.ReadOutputs(File.ReadAllText(NotebookFolder.Twin(Name))).SelectMany(outputs => outputs).SelectMany(text => text.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.IsNull(ReadmeDocument.Difference([.. shown], output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.IsEmpty(new[] { "bin", "obj", "packages.lock.json" }.Where(name => Path.Exists(Path.Combine(NotebookFolder.Path, name))));
    }

    [TestMethod]
    public void Every_notebook_has_its_program() => CollectionAssert.AreEqual(
        NotebookFolder.Programs.ToArray(), Directory.GetFiles(NotebookFolder.Path, "*.ipynb").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal).ToArray());

    [TestMethod]
    [DataRow("using System;\n// %%\nvar a = 1;\n", "x.cs:1: 'using System;' stands before the first cell")]
    [DataRow("// %% [markdown]\nvar a = 1;\n", "x.cs:2: 'var a = 1;' is no comment")]
    [DataRow("// %% [text]\n// a\n", "x.cs:1: '// %% [text]' begins no cell")]
    [DataRow("// %%\n\n// %%\nvar a = 1;\n", "x.cs:1: the cell is empty")]
    public void What_is_no_notebook_is_refused_with_its_line(string text, string message) =>
        Assert.StartsWith(message, Assert.ThrowsExactly<FormatException>(() => NotebookSource.Parse("x.cs", text)).Message);

    [TestMethod]
    [DataRow("// %%\nint unused;\n", "x.cs(2,")]
    [DataRow("// %%\nvar mlContext = new Microsoft.ML.MLContext();\n", "x.cs(2,")]
    public void What_does_not_compile_without_warnings_and_with_its_own_projects_alone_is_refused(string text, string message)
    {
        using var folder = new TemporaryFolder();
        Assert.StartsWith(message, Assert.ThrowsExactly<FormatException>(() => NotebookProgram.Compile(NotebookSource.Parse("x.cs", text), folder.File("x.dll"))).Message);
    }

    [TestMethod]
    public void What_each_cell_writes_is_shown_under_it_and_a_failure_is_one()
    {
        const string Program = """
            // %% [markdown]
            // # Title
            //
            // Text.

            // %%
            using System.Globalization;

            // %%
            int one = Twice(1) / 2;
            Console.WriteLine(one.ToString(CultureInfo.InvariantCulture));
            File.WriteAllBytes("dot.png", [1, 2, 3]);
            Console.WriteLine("dot.png");
            Console.WriteLine("after it");

            // %% tags=["varies"]
            static int Twice(int number) => 2 * number;
            Console.WriteLine($"{new Pair(one, 2)}");
            if (!File.Exists("quiet"))
                throw new InvalidOperationException("It is loud.");

            // %%
            internal sealed record Pair(int First, int Second);
            """;
        var source = NotebookSource.Parse("x.cs", Program);
        using var folder = new TemporaryFolder();
        NotebookProgram.Compile(source, folder.File("x.dll"));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => NotebookProcess.Run(folder.File("x.dll"), folder.Path)).Message, "It is loud.");

        File.WriteAllText(folder.File("quiet"), "");
        var written = NotebookProcess.Run(folder.File("x.dll"), folder.Path);
        var outputs = source.Cells.Select((_, cell) => NotebookFile.Outputs(written.GetValueOrDefault(cell, ""), folder.Path)).ToArray();
        CollectionAssert.AreEqual(new NotebookOutput[] { new("1\n"), new("dot.png", "AQID"), new("after it\n") }, outputs[2].ToArray());
        CollectionAssert.AreEqual(new NotebookOutput[] { new("Pair { First = 1, Second = 2 }\n") }, outputs[3].ToArray());
        Assert.IsTrue(outputs[0].Count == 0 && outputs[1].Count == 0 && outputs[4].Count == 0);
        string notebook = NotebookFile.Write(source, outputs);
        Assert.AreEqual(notebook, NotebookFile.Write(source, NotebookFile.ReadOutputs(notebook)));
        using var json = JsonDocument.Parse(notebook);
        var cells = json.RootElement.GetProperty("cells");
        Assert.AreEqual("# Title\n\nText.", string.Concat(cells[0].GetProperty("source").EnumerateArray().Select(line => line.GetString())));
        Assert.AreEqual("varies", cells[3].GetProperty("metadata").GetProperty("tags")[0].GetString());
        Assert.AreEqual(4, cells[4].GetProperty("execution_count").GetInt32());
    }

    /// <summary>Texts and code are compared byte for byte, outputs up to how processors round; of those that vary, only what kinds there are.</summary>
    private static void Compare(NotebookSource source, IReadOnlyList<NotebookOutput>[] outputs)
    {
        const string Repair = $"run the tests of notebooks with {UpdateVariable}=1, and commit what they write";
        string committed = File.ReadAllText(NotebookFolder.Twin(Path.GetFileNameWithoutExtension(source.Name)));
        var shown = NotebookFile.ReadOutputs(committed);
        Assert.HasCount(source.Cells.Count, shown, $"The notebook of {source.Name} has other cells: {Repair}.");
        Assert.AreEqual(NotebookFile.Write(source, shown), committed, $"The notebook of {source.Name} has other texts or code: {Repair}.");
        for (int cell = 0; cell < outputs.Length; cell++)
        {
            Assert.AreEqual(Kinds(shown[cell]), Kinds(outputs[cell]), $"{source.Name}, cell {cell + 1}: outputs of other kinds came: {Repair}.");
            if (source.Cells[cell].Tags.Contains(NotebookSource.Varies))
                continue;
            foreach (var (before, now) in shown[cell].Zip(outputs[cell]))
                Assert.IsNull(ReadmeDocument.Difference(before.Text.Split('\n'), now.Text.Split('\n')), $"{source.Name}, cell {cell + 1}: {ReadmeDocument.Difference(before.Text.Split('\n'), now.Text.Split('\n'))}\nIf that is right, {Repair}.");
        }
    }

    private static string Kinds(IEnumerable<NotebookOutput> outputs) => string.Join(", ", outputs.Select(output => output.Png is null ? "text" : "picture"));

    private static void RequireEngines(NotebookSource source)
    {
        if (source.Text.Contains("using MLPipelines.Training;", StringComparison.Ordinal))
            TorchTests.RequireLibTorch();
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex CellId();
}
