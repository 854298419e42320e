using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary>The options that say how rankings are measured.</summary>
internal static class EvaluationArguments
{
    public static readonly Option<string> CutOffs = new("--at") { Description = "The lengths of lists to measure at, separated by commas.", HelpName = "K,K,…", DefaultValueFactory = _ => "5,10,20" };

    /// <summary>The options given, checked; what is wrong is added to <paramref name="faults"/>.</summary>
    public static RankingEvaluationOptions Read(Invocation invocation, List<string> faults)
    {
        var options = new RankingEvaluationOptions();
        var lengths = new List<int>();
        foreach (var part in invocation.Get(CutOffs).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length > 0)
                lengths.Add(length);
            else
                faults.Add($"--at has '{part}'; expected are whole numbers above 0, separated by commas, such as 5,10,20");
        }
        if (lengths.Count > 0)
            options.CutOffs = lengths;
        return options;
    }
}
