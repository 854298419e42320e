using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How features are given in a file in SVM-light format.</summary>
internal enum SvmLightIndices
{
    ZeroBased,
    OneBased,
    Names,
}

/// <summary>
/// Reads files in SVM-light format, <c>label key:value … # comment</c>, as the columns Label, Weight (key <c>cost</c>), GroupId
/// (key <c>qid</c>), Comment and Features.
/// </summary>
public sealed class SvmLightLoader : IDataLoader<IMultiStreamSource>
{
    internal const string LoaderName = "SvmLightLoader";
    private const int FormatVersion = 1;

    private readonly IHost _host;
    private readonly SvmLightIndices _indices;
    private readonly int _featureCount;
    private readonly string[] _names;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _slotOfName;
    private readonly DataViewSchema _schema;

    internal SvmLightLoader(IHostEnvironment env, SvmLightIndices indices, int inputSize, long? numberOfRows, IMultiStreamSource dataSample)
        : this(env.Register(LoaderName), indices)
    {
        Contracts.CheckUserArg(inputSize >= 0, nameof(inputSize), $"Maximum feature index must be positive, or 0 to infer it from the dataset, but is {inputSize}.");
        if (indices == SvmLightIndices.Names)
        {
            Contracts.Check(dataSample is { Count: > 0 }, "To use the text feature names option, a dataset must be provided");
            _names = FindNames(Sample(dataSample, numberOfRows));
            _featureCount = _names.Length;
        }
        else if (inputSize > 0)
        {
            _featureCount = inputSize;
        }
        else
        {
            Contracts.Check(dataSample is { Count: > 0 }, "If the number of features is not specified, a dataset must be provided to infer it.");
            _featureCount = FindMax(Sample(dataSample, numberOfRows)) + (indices == SvmLightIndices.ZeroBased ? 1 : 0);
        }
        (_slotOfName, _schema) = Prepare();
    }

    private SvmLightLoader(IHost host, SvmLightIndices indices)
    {
        _host = host;
        _indices = indices;
    }

    private SvmLightLoader(IHost host, SvmLightIndices indices, int featureCount, string[] names) : this(host, indices)
    {
        _featureCount = featureCount;
        _names = names;
        (_slotOfName, _schema) = Prepare();
    }

    private (Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>>, DataViewSchema) Prepare()
    {
        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        DataViewSchema.Annotations.Builder annotations = null;
        if (_names != null)
        {
            for (int i = 0; i < _names.Length; i++)
                slots[_names[i]] = i;
            annotations = new DataViewSchema.Annotations.Builder();
            annotations.AddSlotNames(Array.ConvertAll(_names, name => name.AsMemory()));
        }
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Label", NumberDataViewType.Single);
        schema.AddColumn("Weight", NumberDataViewType.Single);
        schema.AddColumn("GroupId", new KeyDataViewType(typeof(ulong), ulong.MaxValue - 1));
        schema.AddColumn("Comment", TextDataViewType.Instance);
        schema.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, _featureCount), annotations?.ToAnnotations());
        return (slots.GetAlternateLookup<ReadOnlySpan<char>>(), schema.ToSchema());
    }

    private static IEnumerable<SvmLightLine> Sample(IMultiStreamSource source, long? numberOfRows)
    {
        long left = numberOfRows ?? long.MaxValue;
        foreach (var line in SvmLightLine.Read(source, new SvmLightLine()))
        {
            if (left-- <= 0)
                yield break;
            yield return line;
        }
    }

    private static string[] FindNames(IEnumerable<SvmLightLine> lines)
    {
        var names = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var line in lines)
        {
            foreach (var (key, _) in line.Features)
            {
                if (lookup.Add(key.Span))
                    names.Add(key.ToString());
            }
        }
        Contracts.Check(names.Count > 0, "No feature names found in the dataset");
        return [.. names];
    }

    private int FindMax(IEnumerable<SvmLightLine> lines)
    {
        using var channel = _host.Start("Infer key transform");
        ulong max = 0;
        long count = 0;
        long missing = 0;
        foreach (var line in lines)
        {
            foreach (var (key, _) in line.Features)
            {
                if (!Parser.TryParse(key.Span, out ulong index) || index > int.MaxValue)
                {
                    missing++;
                    continue;
                }
                count++;
                max = Math.Max(max, index);
            }
        }
        if (missing > 0)
            channel.Warning(MessageSensitivity.None, $"{missing} of {count + missing} detected keys were missing, unparsable or greater than {int.MaxValue}");
        Contracts.Check(count > 0, "No int parsable keys found during key transform inference");
        channel.Info(MessageSensitivity.None, $"Observed max was {max}");
        return (int)max;
    }

    /// <summary>The slot of a feature, or -1 where it is beyond those known.</summary>
    internal int SlotOf(ReadOnlySpan<char> key)
    {
        if (_indices == SvmLightIndices.Names)
            return _slotOfName.TryGetValue(key, out int slot) ? slot : -1;
        if (!Parser.TryParse(key, out uint index))
            throw Contracts.Except($"Encountered non-parsable index '{key}' while parsing dataset");
        if (_indices == SvmLightIndices.OneBased && index-- == 0)
            throw Contracts.Except("Encountered 0 index while parsing a 1-based dataset");
        return index < (uint)_featureCount ? (int)index : -1;
    }

    public DataViewSchema GetOutputSchema() => _schema;

    public IDataView Load(IMultiStreamSource input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new SvmLightView(_host, this, input);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write((byte)_indices);
        ctx.Writer.Write(_featureCount);
        if (_indices == SvmLightIndices.Names)
            ctx.Writer.WriteStrings(_names);
    }

    internal static SvmLightLoader Create(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var host = ctx.Env.Register(LoaderName);
        var indices = (SvmLightIndices)ctx.Reader.ReadByte();
        int featureCount = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(Enum.IsDefined(indices) && featureCount > 0);
        string[] names = indices == SvmLightIndices.Names ? ctx.Reader.ReadStrings() : null;
        Contracts.CheckDecode(names == null || names.Length == featureCount);
        return new SvmLightLoader(host, indices, featureCount, names);
    }
}
