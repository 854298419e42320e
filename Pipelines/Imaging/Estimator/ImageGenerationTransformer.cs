using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Imaging;

/// <summary>Makes pictures of prompts: adds a column with the bytes of a PNG file for each.</summary>
/// <remarks>
/// Thread-safe for reading. Holds native memory and must be disposed. The same prompt gives the same picture, alone or among others, unless
/// <see cref="StableDiffusionOptions.ImagesPerRun"/> is above 1.
/// </remarks>
public sealed class ImageGenerationTransformer : RowTransformer, IDisposable
{
    internal ImageGenerationTransformer(StableDiffusionPipeline pipeline, ImageRequest request, string promptColumn, string imageColumn) =>
        (Pipeline, Settings, PromptColumn, ImageColumn) = (pipeline, request, promptColumn, imageColumn);

    /// <summary>The pipeline, for requests that rows cannot make; disposed with this.</summary>
    public StableDiffusionPipeline Pipeline { get; }

    /// <summary>How pictures are made, but for the prompt; a copy.</summary>
    public ImageRequest Request => Settings.Copy();

    internal ImageRequest Settings { get; }

    internal string PromptColumn { get; }

    internal string ImageColumn { get; }

    /// <summary>Makes pictures without any data view. Thread-safe.</summary>
    /// <param name="prompts">Any number of prompts.</param>
    /// <param name="cancellationToken">Honoured within a step.</param>
    /// <returns>A picture of each.</returns>
    public GeneratedImage[] Generate(IReadOnlyList<string> prompts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Settings.CancellationToken);
        return [.. prompts.Select(prompt =>
        {
            var request = Request;
            request.Prompt = prompt;
            request.CancellationToken = both.Token;
            return Pipeline.Generate(request)[0];
        })];
    }

    /// <summary>Closes the models; pictures in progress are completed first.</summary>
    public void Dispose() => Pipeline.Dispose();

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) =>
        new PromptMapping(inputSchema, PromptColumn, ImageColumn, prompts => Array.ConvertAll(Generate(prompts), image => image.ToPng()));
}

/// <summary>Maps a column of prompts to PNG files.</summary>
internal sealed class PromptMapping(DataViewSchema inputSchema, string promptColumn, string imageColumn, Func<IReadOnlyList<string>, byte[][]> generate)
    : BatchMapping<string, byte[]>(inputSchema, [FindPrompt(inputSchema, promptColumn)], new DataViewSchema.DetachedColumn(imageColumn, new VectorDataViewType(NumberDataViewType.Byte)))
{
    // A picture takes seconds: whoever looks at one should not wait for many.
    protected override int WindowRows => 2;

    public static DataViewSchema.Column FindPrompt(DataViewSchema schema, string name) => schema.FindInput(name, type => type is TextDataViewType, "String");

    protected override Func<string> MakeReader(DataViewRow input)
    {
        var getter = input.GetGetter<ReadOnlyMemory<char>>(InputSchema[promptColumn]);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return MemoryMarshal.TryGetString(value, out string? text, out int start, out int length) && start == 0 && length == text.Length ? text : value.ToString();
        };
    }

    protected override byte[][] Compute(IReadOnlyList<string> items) => generate(items);

    protected override Delegate MakeGetter(int output, Func<byte[]> current) => (ValueGetter<VBuffer<byte>>)((ref VBuffer<byte> value) =>
    {
        var bytes = current();
        var editor = VBufferEditor.Create(ref value, bytes.Length);
        bytes.CopyTo(editor.Values);
        value = editor.Commit();
    });
}
