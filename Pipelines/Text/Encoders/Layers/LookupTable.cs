using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>Makes embeddings.</summary>
internal static class LookupTable
{
    /// <summary>An embedding whose elements are still to be set; the row of the padding token gets no gradient from lookups.</summary>
    public static Embedding Create(long rows, long width, long? padId)
    {
        var table = nn.Embedding_from_pretrained(empty([rows, width], ScalarType.Float32).DetachFromDisposeScope(), freeze: false, padding_idx: padId);
        return table;
    }
}
