using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>Maps a text column to what is computed from it, many rows at once.</summary>
internal sealed class TextMapping<TResult>(
    DataViewSchema inputSchema, string textColumn, IReadOnlyList<OutputColumn<TResult>> outputs, Func<IReadOnlyList<string>, TResult[]> compute)
    : BatchMapping<string, TResult>(inputSchema, [inputSchema.FindText(textColumn)], outputs.Select(output => output.Column))
{
    protected override Func<string> MakeReader(DataViewRow input) => TextRows.TextReader(input, InputSchema[textColumn]);

    protected override TResult[] Compute(IReadOnlyList<string> items) => compute(items);

    protected override Delegate MakeGetter(int output, Func<TResult> current) => outputs[output].MakeGetter(current);
}
