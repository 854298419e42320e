using System.Globalization;
using System.Net;

namespace MLPipelines.Metrics;

/// <summary>What was generated for one query, beside what would be right.</summary>
/// <param name="Query">What the text was generated for.</param>
/// <param name="Prediction">The generated text.</param>
/// <param name="Truth">The text that would be right.</param>
/// <param name="Bleu">BLEU of this text alone, 0 to 100.</param>
/// <param name="Rouge">ROUGE.</param>
/// <param name="ChrF">chrF2 of this text alone, 0 to 100.</param>
/// <param name="IsExact">Whether it is right to the letter.</param>
public sealed record TextGenerationCase(string Query, string Prediction, string Truth, double Bleu, Rouge Rouge, double ChrF, bool IsExact);

/// <summary>Every generated text with its own metrics, as a table for spreadsheets (CSV) and for browsers (HTML).</summary>
/// <param name="Metrics">The metrics over all texts.</param>
/// <param name="Cases">The texts, in the order in which they were given.</param>
public sealed record TextGenerationReport(TextGenerationMetrics Metrics, IReadOnlyList<TextGenerationCase> Cases)
{
    private static readonly string[] Columns = ["query", "prediction", "truth", "bleu", "rouge1", "rouge2", "rougeL", "chrf", "exact"];

    /// <summary>Judges predictions.</summary>
    /// <param name="queries">What each was generated for.</param>
    /// <param name="predictions">One or more generated texts.</param>
    /// <param name="truths">A right text for each.</param>
    /// <param name="perplexity">The model's perplexity on the right texts, if it is known.</param>
    /// <exception cref="ArgumentException">There are no predictions, or not as many of the others.</exception>
    public static TextGenerationReport Make(IReadOnlyList<string> queries, IReadOnlyList<string> predictions, IReadOnlyList<string> truths, double? perplexity = null)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(truths);
        MetricThrow.IfUnequal(queries.Count, predictions.Count, truths.Count);
        var cases = queries.Select((query, i) => new TextGenerationCase(
            query, predictions[i], truths[i], Bleu.OfSentence(predictions[i], truths[i]).Score, Rouge.OfSentence(predictions[i], truths[i]),
            ChrF.OfSentence(predictions[i], truths[i]), TextGenerationMetrics.IsExact(predictions[i], truths[i])));
        return new TextGenerationReport(TextGenerationMetrics.Compute(predictions, truths, perplexity), [.. cases]);
    }

    /// <summary>Writes the texts as CSV (RFC 4180) with a header row.</summary>
    public void WriteCsv(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(string.Join(',', Columns) + "\r\n");
        foreach (var row in Cases)
            writer.Write(string.Join(',', Values(row).Select(Quoted)) + "\r\n");
    }

    /// <summary>Writes the metrics and the texts as one HTML page, the worst texts first.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="title">The page's title.</param>
    public void WriteHtml(TextWriter writer, string title = "Generated texts")
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(title);
        string heading = WebUtility.HtmlEncode(title);
        writer.Write($$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>{{heading}}</title>
            <style>body{font:15px system-ui,sans-serif;margin:2em}table{border-collapse:collapse}th,td{border:1px solid #ccc;padding:.3em .6em;vertical-align:top;text-align:left}td.n{text-align:right}tr:nth-child(even){background:#f6f6f6}</style></head>
            <body><h1>{{heading}}</h1><p>{{WebUtility.HtmlEncode(Metrics.ToString())}}</p>
            <table><thead><tr>{{string.Concat(Columns.Select(column => $"<th>{column}</th>"))}}</tr></thead><tbody>

            """);
        foreach (var row in Cases.OrderBy(row => row.Rouge.RougeL).ThenBy(row => row.ChrF))
        {
            var cells = Values(row).Select((value, i) => $"<td{(i < 3 ? "" : " class=\"n\"")}>{WebUtility.HtmlEncode(value)}</td>");
            writer.Write($"<tr>{string.Concat(cells)}</tr>\n");
        }
        writer.Write("</tbody></table></body></html>\n");
    }

    private static string[] Values(TextGenerationCase row) =>
    [
        row.Query, row.Prediction, row.Truth, Number(row.Bleu, "f2"), Number(row.Rouge.Rouge1, "f4"), Number(row.Rouge.Rouge2, "f4"), Number(row.Rouge.RougeL, "f4"),
        Number(row.ChrF, "f2"), row.IsExact ? "1" : "0",
    ];

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Quoted(string value) => value.AsSpan().IndexOfAny("\",\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
