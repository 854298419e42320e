using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Replaces missing values by zero, or by what is learnt from those that are not missing.</summary>
public sealed class MissingValueReplacingEstimator : IEstimator<MissingValueReplacingTransformer>
{
    private readonly IHost _host;
    private readonly (string outputColumnName, string inputColumnName)[] _columns;
    private readonly ReplacementMode _mode;
    private readonly bool _bySlot;

    /// <summary>What a missing value is replaced by.</summary>
    [SuppressMessage("Design", "CA1028", Justification = "The published underlying type.")]
    [SuppressMessage("Design", "CA1034", Justification = "The published shape.")]
    public enum ReplacementMode : byte
    {
        /// <summary>Zero.</summary>
        DefaultValue = 0,

        /// <summary>The mean of the finite values.</summary>
        Mean = 1,

        /// <summary>The least value.</summary>
        Minimum = 2,

        /// <summary>The largest value.</summary>
        Maximum = 3,

        /// <summary>The most frequent value.</summary>
        Mode = 5,
    }

    internal MissingValueReplacingEstimator(IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns, ReplacementMode mode, bool bySlot)
    {
        _host = env.Register(nameof(MissingValueReplacingEstimator));
        Contracts.CheckParam(Enum.IsDefined(mode), "replacementMode", $"{(int)mode} is no {nameof(ReplacementMode)}.");
        _columns = columns;
        _mode = mode;
        _bySlot = bySlot;
    }

    public MissingValueReplacingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var inputs = Array.ConvertAll(_columns, pair =>
            input.Schema.GetColumnOrNull(pair.inputColumnName) ?? throw Contracts.ExceptSchemaMismatch(nameof(input), "input", pair.inputColumnName));
        foreach (var column in inputs)
            MissingValueReplacingTransformer.CheckType(column.Type);
        var replacements = _mode == ReplacementMode.DefaultValue
            ? Array.ConvertAll(inputs, column => IsSingle(column) ? (Replacement)new Replacement<float>(null) : new Replacement<double>(null))
            : Learn(input, inputs);
        return new MissingValueReplacingTransformer(_host, _columns, replacements);
    }

    private Replacement[] Learn(IDataView input, DataViewSchema.Column[] inputs)
    {
        using var cursor = input.GetRowCursor(inputs);
        var learners = Array.ConvertAll(inputs, column => IsSingle(column)
            ? (ReplacementLearner)new ReplacementLearner<float>(cursor, column, _mode, _bySlot)
            : new ReplacementLearner<double>(cursor, column, _mode, _bySlot));
        while (cursor.MoveNext())
        {
            _host.CheckAlive();
            foreach (var learner in learners)
                learner.AddRow();
        }
        using var channel = _host.Start("Computing Statistics");
        return Array.ConvertAll(learners, learner => learner.Finish(channel));
    }

    private static bool IsSingle(DataViewSchema.Column column) => column.Type.ItemTypeOrSelf() == NumberDataViewType.Single;

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(pair =>
        {
            var input = inputSchema.FindInput(pair.inputColumnName);
            MissingValueReplacingTransformer.CheckType(input.IsKey ? new KeyDataViewType(input.ItemType.RawType, 1) : input.ItemType);
            var annotations = input.Annotations.Where(annotation => annotation.Name is AnnotationUtils.Kinds.SlotNames or AnnotationUtils.Kinds.IsNormalized);
            return new SchemaShape.Column(pair.outputColumnName, input.Kind, input.ItemType, false, new SchemaShape(annotations));
        }));
    }
}

/// <summary>The transformer of <see cref="MissingValueReplacingEstimator"/>.</summary>
public sealed class MissingValueReplacingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "NAReplaceTransform";
    private const int FormatVersion = 1;

    private readonly Replacement[] _replacements;

    internal MissingValueReplacingTransformer(IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns, Replacement[] replacements)
        : base(env.Register(nameof(MissingValueReplacingTransformer)), columns)
    {
        _replacements = replacements;
    }

    /// <summary>Only floating-point types have a missing value that is not also their default.</summary>
    internal static void CheckType(DataViewType type)
    {
        var item = type.ItemTypeOrSelf();
        if (item is KeyDataViewType)
            throw Contracts.ExceptParam("inputSchema", $"Type '{item}' is not supported by {LoaderName} since its NA value is equivalent to its default value");
        if (!Missing.Exists(item))
            throw Contracts.ExceptParam("inputSchema", $"Type '{item}' is not supported by {LoaderName} since it doesn't have an NA value");
    }

    internal static MissingValueReplacingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        return new MissingValueReplacingTransformer(ctx.Env, columns, Array.ConvertAll(columns, _ => Replacement.Load(ctx.Reader)));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        foreach (var replacement in _replacements)
            replacement.Save(ctx.Writer);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        CheckType(input.Type);
        var replacement = _replacements[index];
        var expected = replacement.ItemType;
        if (input.Type.ItemTypeOrSelf() != expected || (replacement.SlotCount > 1 && input.Type.ValueCount() != replacement.SlotCount))
        {
            string slots = replacement.SlotCount > 1 ? $"Vector<{expected}, {replacement.SlotCount}>" : expected.ToString();
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, slots, input.Type.ToString());
        }
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(input.Annotations, kind => kind is AnnotationUtils.Kinds.SlotNames or AnnotationUtils.Kinds.IsNormalized);
        return new OutputColumn(outputName, input.Type, builder.ToAnnotations(), [input.Index], row => replacement.MakeGetter(row, input));
    }
}

/// <summary>What the missing values of a column are replaced by.</summary>
internal abstract class Replacement
{
    public abstract NumberDataViewType ItemType { get; }

    /// <summary>The number of slots that have a replacement each; 1 where all have the same.</summary>
    public abstract int SlotCount { get; }

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input);

    public abstract void Save(BinaryWriter writer);

    public static Replacement Load(BinaryReader reader) => reader.ReadBoolean()
        ? new Replacement<float>(CheckAny(reader.ReadArray<float>()))
        : new Replacement<double>(CheckAny(reader.ReadArray<double>()));

    private static T[] CheckAny<T>(T[] values)
    {
        Contracts.CheckDecode(values.Length > 0);
        return values;
    }
}

/// <inheritdoc cref="Replacement"/>
/// <param name="values">One value for every slot, or one for all; null for zero.</param>
internal sealed class Replacement<T>(T[] values) : Replacement where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _values = values ?? [T.Zero];

    public override NumberDataViewType ItemType => NumberDataViewType.FromRawType(typeof(T));

    public override int SlotCount => _values.Length;

    public override void Save(BinaryWriter writer)
    {
        writer.Write(typeof(T) == typeof(float));
        writer.WriteArray<T>(_values);
    }

    private T At(int slot) => _values.Length == 1 ? _values[0] : _values[slot];

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType)
        {
            var scalar = row.GetGetter<T>(input);
            return (ValueGetter<T>)((ref T value) =>
            {
                scalar(ref value);
                if (T.IsNaN(value))
                    value = _values[0];
            });
        }
        var vector = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> buffer = default;
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
        {
            vector(ref buffer);
            if (_values.Length > 1 && buffer.Length != _values.Length)
                throw Contracts.Except($"The vector of column '{input.Name}' has {buffer.Length} slots, where there are replacements for {_values.Length}.");
            Replace(in buffer, ref destination);
        });
    }

    private void Replace(in VBuffer<T> source, ref VBuffer<T> destination)
    {
        var values = source.GetValues();
        var indices = source.GetIndices();
        var editor = VBufferEditor.Create(ref destination, source.Length, values.Length);
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            T value = values[i];
            int slot = indices.IsEmpty ? i : indices[i];
            if (T.IsNaN(value))
            {
                value = At(slot);
                if (!indices.IsEmpty && T.IsZero(value))
                    continue;
            }
            if (!indices.IsEmpty)
                editor.Indices[count] = slot;
            editor.Values[count++] = value;
        }
        destination = editor.CommitTruncated(count);
    }
}
