using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Generation;

/// <summary>Answers messages: adds a response, its confidence and where it is from.</summary>
/// <inheritdoc cref="GenerateTextTransformer" path="/remarks"/>
public sealed class ResponseTransformer : RowTransformer, IDisposable
{
    internal ResponseTransformer(GeneratorBundle bundle, ResponseOptions options)
    {
        (Bundle, Options) = (bundle, options);
        Responses = new ResponseGenerator(bundle.Generator, options);
    }

    /// <summary>The same without a data view.</summary>
    public ResponseGenerator Responses { get; }

    /// <summary>The model, for other uses; it closes with this transformer.</summary>
    public TextGenerator Generator => Bundle.Generator;

    internal GeneratorBundle Bundle { get; }

    internal ResponseOptions Options { get; }

    /// <summary>Closes the model.</summary>
    public void Dispose() => Bundle.Dispose();

    internal static string[] Inputs(ResponseOptions options) =>
        [.. new[] { options.ContentColumnName, options.IntentColumnName, options.SentimentColumnName, options.UserColumnName }.OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema)
    {
        string[] inputs = Inputs(Options);
        return new TextMapping<GeneratedResponse>(
            inputSchema, inputs,
            [
                TextColumns.Text<GeneratedResponse>(Options.ResponseColumnName, response => response.Text),
                TextColumns.Number<GeneratedResponse>(Options.ConfidenceColumnName, response => response.Confidence),
                TextColumns.Text<GeneratedResponse>(Options.SourceColumnName, response => response.Source),
            ],
            rows => [.. Responses.Respond([.. rows.Select(row => RequestOf(row, inputs))])]);
    }

    private ResponseRequest RequestOf(RowTexts row, string[] inputs)
    {
        return new ResponseRequest(Value(Options.ContentColumnName), Value(Options.IntentColumnName), Value(Options.SentimentColumnName), Value(Options.UserColumnName));

        string Value(string? column) => column is null ? "" : row[inputs, column] ?? "";
    }
}
