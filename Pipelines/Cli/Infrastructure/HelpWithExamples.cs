using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>The usual help, then the command's examples and the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var examples = parseResult.CommandResult.Command.Examples();
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
        }
        output.WriteLine($"Exit codes: {ExitCode.Listing}.");
        return ExitCode.Success;
    }
}
