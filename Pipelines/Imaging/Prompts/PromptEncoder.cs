using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;
using MLPipelines.Tokenization;

namespace MLPipelines.Imaging;

/// <summary>An encoded prompt: tokens × width values.</summary>
internal sealed record EncodedPrompt(float[] Values, int Tokens, int Width);

/// <summary>Turns prompts into what the UNet attends to: CLIP's tokens, in chunks of its length, through the text encoder.</summary>
internal sealed class PromptEncoder
{
    private const int MostCharacters = 4_000_000;
    private static readonly TokenizingOptions Plain = new() { AddSpecialTokens = false };
    private readonly TextTokenizer _tokenizer;
    private readonly int _start;
    private readonly int _end;
    private readonly int _padding;

    public PromptEncoder(TextTokenizer tokenizer, string folder)
    {
        _tokenizer = tokenizer;
        Length = tokenizer.ModelMaximumLength is >= 3 and <= 4096 ? tokenizer.ModelMaximumLength : 77;
        _start = tokenizer.ClassId ?? throw ImagingErrors.BadTokenizer(folder, "has no token that starts a text");
        _end = tokenizer.SeparatorId ?? throw ImagingErrors.BadTokenizer(folder, "has no token that ends a text");
        _padding = tokenizer.PadId ?? _end;
    }

    /// <summary>The tokens of a chunk, with start and end: 77.</summary>
    public int Length { get; }

    private int Room => Length - 2;

    /// <summary>The ids of a prompt in chunks of <see cref="Length"/>, and the weight of each.</summary>
    /// <exception cref="ImagingException">The prompt is too long.</exception>
    public (int[][] Ids, float[][] Weights) Tokenize(string prompt, ImageRequest request)
    {
        if (prompt.Length > MostCharacters)
            throw ImagingErrors.PromptCharacters(prompt.Length, MostCharacters);
        List<PromptPart> parts = request.WeightedPrompts ? PromptParser.Parse(prompt) : [new PromptPart(prompt, 1)];
        var ids = new List<int>();
        var weights = new List<float>();
        foreach (var part in parts)
        {
            var tokens = _tokenizer.Tokenize(part.Text, null, Plain).Ids;
            ids.AddRange(tokens);
            weights.AddRange(Enumerable.Repeat(part.Weight, tokens.Length));
        }
        int chunks = Math.Max(1, (ids.Count + Room - 1) / Room);
        if (request.LongPrompts == LongPrompts.Truncate)
            chunks = 1;
        int most = request.LongPrompts == LongPrompts.Refuse ? 1 : request.MaximumPromptChunks;
        if (chunks > most)
            throw ImagingErrors.LongPrompt(ids.Count, most * Room);
        var idChunks = new int[chunks][];
        var weightChunks = new float[chunks][];
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            int from = chunk * Room, count = Math.Clamp(ids.Count - from, 0, Room);
            idChunks[chunk] = [_start, .. ids.GetRange(from, count), _end, .. Enumerable.Repeat(_padding, Room - count)];
            weightChunks[chunk] = [1, .. weights.GetRange(from, count), .. Enumerable.Repeat(1f, Room - count + 1)];
        }
        return (idChunks, weightChunks);
    }

    /// <summary>Encodes prompts, all to the length of the longest: shorter ones are followed by empty chunks.</summary>
    public EncodedPrompt[] Encode(OnnxModel model, IReadOnlyList<string> prompts, ImageRequest request)
    {
        var tokenized = prompts.Select(prompt => Tokenize(prompt, request)).ToArray();
        var (empty, ones) = Tokenize("", request);
        int chunks = tokenized.Max(prompt => prompt.Ids.Length);
        var cache = new Dictionary<string, float[]>(StringComparer.Ordinal);
        return [.. tokenized.Select(prompt =>
        {
            var values = new List<float>();
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                bool given = chunk < prompt.Ids.Length;
                var encoded = Chunk(given ? prompt.Ids[chunk] : empty[0]);
                var weights = given ? prompt.Weights[chunk] : ones[0];
                values.AddRange(weights.All(weight => weight == 1) ? encoded : Weigh(encoded, Chunk(empty[0]), weights));
            }
            return new EncodedPrompt([.. values], chunks * Length, values.Count / (chunks * Length));
        })];

        float[] Chunk(int[] ids)
        {
            var key = string.Join(' ', ids);
            if (!cache.TryGetValue(key, out var encoded))
                cache[key] = encoded = Run(model, ids, request.CancellationToken);
            return encoded;
        }
    }

    private static float[] Weigh(float[] encoded, float[] empty, float[] weights)
    {
        int width = encoded.Length / weights.Length;
        var weighed = new float[encoded.Length];
        for (int i = 0; i < weighed.Length; i++)
            weighed[i] = empty[i] + weights[i / width] * (encoded[i] - empty[i]);
        return weighed;
    }

    private static float[] Run(OnnxModel model, int[] ids, CancellationToken cancellation)
    {
        var input = model.Input("input_ids");
        using var value = input.ElementType switch
        {
            TensorElementType.Int32 => OnnxTensors.Create<int>(ids, 1, ids.Length),
            TensorElementType.Int64 => OnnxTensors.Create<long>(Array.ConvertAll(ids, id => (long)id), 1, ids.Length),
            _ => throw ImagingErrors.WrongType(model.Location, input.ToString(), "Int32 or Int64"),
        };
        var output = model.HasOutput("last_hidden_state") ? "last_hidden_state" : model.Outputs.FirstOrDefault(info => info.Dimensions.Count == 3)?.Name ?? model.Output("last_hidden_state").Name;
        OrtValue[] outputs;
        try
        {
            outputs = model.Run(["input_ids"], [value], [output], cancellation);
        }
        catch (OnnxException e) when (e.Message.Contains("out of data bounds", StringComparison.Ordinal))
        {
            throw ImagingErrors.OtherVocabulary(model.Location, ids.Max(), e);
        }
        try
        {
            return OnnxTensors.ToFloats(outputs[0]);
        }
        finally
        {
            outputs[0].Dispose();
        }
    }
}
