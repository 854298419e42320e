using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MLPipelines.Sweeps;

/// <summary>
/// A sweep as one HTML page: optimisation history, parallel coordinates, importance of options, learning curves, all trials. The page needs no other file and asks nothing of any server; it
/// follows the reader's choice of light or dark, and can be printed.
/// </summary>
public static class SweepReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Makes the page.</summary>
    /// <param name="experiment">What was searched.</param>
    /// <param name="trials">All trials, those that failed or run too.</param>
    /// <param name="resume">The command with which the sweep goes on, shown for copying; null for none.</param>
    /// <remarks>Texts of the sweep, such as exceptions, are data of the page and never a part of its markup. A content security policy names the page's own script, so that no other could run.</remarks>
    public static string Html(ExperimentRecord experiment, IReadOnlyList<TrialRecord> trials, string? resume = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(trials);
        string style = Read("report.css"), script = Read("report.js") + Read("charts.js");
        // The serializer writes <, > and & as \u003C and the like: no text of the data can end the element that it stands in.
        string data = JsonSerializer.Serialize(ReportData.Of(experiment, trials, resume), Json);
        string policy = $"default-src 'none'; style-src '{Hash(style)}'; script-src '{Hash(script)}'; img-src data:; base-uri 'none'; form-action 'none'";
        var page = new StringBuilder();
        string template = Read("report.html");
        int at = 0;
        foreach (var (name, value) in new[] { ("policy", policy), ("title", WebUtility.HtmlEncode($"Sweep {experiment.Id}")), ("style", style), ("data", data), ("script", script) })
        {
            string mark = $"{{{{{name}}}}}";
            int next = template.IndexOf(mark, at, StringComparison.Ordinal);
            page.Append(template, at, next - at).Append(value);
            at = next + mark.Length;
        }
        return page.Append(template, at, template.Length - at).ToString();
    }

    /// <summary>Writes the page to a file, all of it or nothing.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="experiment">See <see cref="Html"/>.</param>
    /// <param name="trials">See <see cref="Html"/>.</param>
    /// <param name="resume">See <see cref="Html"/>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public static void Write(string path, ExperimentRecord experiment, IReadOnlyList<TrialRecord> trials, string? resume = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string page = Html(experiment, trials, resume), temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllText(temporary, page);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(SweepReport).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
