using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Generation;

/// <summary>Generates texts: adds one for each row, and how sure the model is of it.</summary>
/// <remarks>
/// Thread-safe for reading. Holds native memory and must be disposed. Rows are generated in batches of similar length; a row's numbers vary by about 1e-5 with what else is in its batch,
/// so that its text can differ only where two tokens are equally probable to that precision.
/// </remarks>
public sealed class GenerateTextTransformer : RowTransformer, IDisposable
{
    internal GenerateTextTransformer(GeneratorBundle bundle, PromptTemplate prompt, GenerationOptions options, string generatedColumn, string confidenceColumn) =>
        (Bundle, Prompt, Options, GeneratedColumn, ConfidenceColumn) = (bundle, prompt, options, generatedColumn, confidenceColumn);

    /// <summary>The model, for other uses; it closes with this transformer.</summary>
    public TextGenerator Generator => Bundle.Generator;

    /// <summary>The prompt.</summary>
    public PromptTemplate Prompt { get; }

    /// <summary>How text is decoded; a copy.</summary>
    public GenerationOptions Generation => Options.Clone();

    internal GeneratorBundle Bundle { get; }

    internal GenerationOptions Options { get; }

    internal string GeneratedColumn { get; }

    internal string ConfidenceColumn { get; }

    /// <summary>Closes the model.</summary>
    public void Dispose() => Bundle.Dispose();

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new TextMapping<GeneratedText>(
        inputSchema, Prompt.Names,
        [TextColumns.Text<GeneratedText>(GeneratedColumn, text => text.Text), TextColumns.Number<GeneratedText>(ConfidenceColumn, text => text.Confidence)],
        rows => [.. Generator.Generate([.. rows.Select(Fill)], Options)]);

    private string Fill(RowTexts row) => Prompt.Fill(name => row[Prompt.Names, name]);
}
