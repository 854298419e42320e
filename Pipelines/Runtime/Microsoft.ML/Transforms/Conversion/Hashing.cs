using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Hashes values to keys.</summary>
public sealed class HashingEstimator : IEstimator<HashingTransformer>
{
    internal const int MaximumBits = 31;
    internal const string ExpectedColumnType = "Expected Text, Key, numeric, Boolean or DataViewRowId item type";

    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;

    internal HashingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
    {
        _host = env.Register(nameof(HashingEstimator));
        Contracts.CheckNonEmpty(columns, nameof(columns));
        foreach (var column in columns)
            column.Check();
        _columns = Array.ConvertAll(columns, column => column.Copy());
    }

    public HashingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var unlearnt = new HashingTransformer(_host, _columns, new VBuffer<ReadOnlyMemory<char>>?[_columns.Length]);
        unlearnt.GetOutputSchema(input.Schema);
        return _columns.All(column => column.MaximumNumberOfInverts == 0)
            ? unlearnt
            : new HashingTransformer(_host, _columns, CollectKeyValues(input));
    }

    private VBuffer<ReadOnlyMemory<char>>?[] CollectKeyValues(IDataView input)
    {
        var inverted = _columns.Where(column => column.MaximumNumberOfInverts != 0).Select(column => input.Schema[column.InputColumnName]);
        using var cursor = input.GetRowCursor(inverted);
        var inverters = Array.ConvertAll(_columns, column => column.MaximumNumberOfInverts == 0 ? null : HashInverter.Create(cursor, column));
        while (cursor.MoveNext())
        {
            _host.CheckAlive();
            foreach (var inverter in inverters)
                inverter?.AddRow();
        }
        return Array.ConvertAll(inverters, inverter => inverter?.GetKeyValues());
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(column =>
        {
            var input = inputSchema.FindInput(column.InputColumnName);
            if (!input.IsKey && !ValueHashing.CanHash(input.ItemType))
                throw Contracts.ExceptParam(nameof(inputSchema), ExpectedColumnType);
            var annotations = new List<SchemaShape.Column>();
            if (!column.Combine && input.HasSlotNames())
                annotations.Add(SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames));
            if (column.MaximumNumberOfInverts != 0)
                annotations.Add(SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.KeyValues));
            var kind = column.Combine ? SchemaShape.Column.VectorKind.Scalar : input.Kind;
            return new SchemaShape.Column(column.Name, kind, NumberDataViewType.UInt32, true, new SchemaShape(annotations));
        }));
    }

    /// <summary>How one column is hashed.</summary>
    [SuppressMessage("Design", "CA1034", Justification = "The published shape.")]
    public sealed class ColumnOptions
    {
        /// <param name="name">The name of the column of keys.</param>
        /// <param name="inputColumnName">The column to hash; null for that of the same name.</param>
        /// <param name="numberOfBits">The number of bits of the keys, from 1 to 31.</param>
        /// <param name="seed">The hash to start from.</param>
        /// <param name="useOrderedHashing">Whether the slot of a value in its vector is part of the hash.</param>
        /// <param name="maximumNumberOfInverts">How many values are kept for each key in its name: 0 for none, -1 for all.</param>
        /// <param name="combine">Whether the values of a vector make one key together.</param>
        public ColumnOptions(
            string name,
            string inputColumnName = null,
            int numberOfBits = 31,
            uint seed = ValueHashing.DefaultSeed,
            bool useOrderedHashing = false,
            int maximumNumberOfInverts = 0,
            bool combine = false)
        {
            Name = name;
            InputColumnName = inputColumnName ?? name;
            NumberOfBits = numberOfBits;
            Seed = seed;
            UseOrderedHashing = useOrderedHashing;
            MaximumNumberOfInverts = maximumNumberOfInverts;
            Combine = combine;
        }

        public string Name { get; set; }

        public string InputColumnName { get; set; }

        public int NumberOfBits { get; set; }

        public uint Seed { get; set; }

        public bool UseOrderedHashing { get; set; }

        public int MaximumNumberOfInverts { get; set; }

        public bool Combine { get; set; }

        internal int KeyCount => NumberOfBits == MaximumBits ? int.MaxValue : 1 << NumberOfBits;

        internal void Check()
        {
            Contracts.CheckNonWhiteSpace(Name, "name");
            Contracts.CheckParam(MaximumNumberOfInverts >= -1, "maximumNumberOfInverts", "Value too small, must be -1 or larger");
            if (MaximumNumberOfInverts != 0 && NumberOfBits >= MaximumBits)
                throw Contracts.ExceptParam("numberOfBits", $"Cannot support maximumNumberOfInverts for a {NumberOfBits} bit hash. 30 is the maximum possible.");
            Contracts.CheckParam(NumberOfBits is >= 1 and <= MaximumBits, "numberOfBits", $"Should be between 1 and {MaximumBits} inclusive, but is {NumberOfBits}.");
        }

        internal ColumnOptions Copy() => new(Name, InputColumnName, NumberOfBits, Seed, UseOrderedHashing, MaximumNumberOfInverts, Combine);
    }
}

/// <summary>The transformer of <see cref="HashingEstimator"/>.</summary>
public sealed class HashingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "HashTransform";
    private const int FormatVersion = 1;

    private readonly HashingEstimator.ColumnOptions[] _columns;
    private readonly VBuffer<ReadOnlyMemory<char>>?[] _keyValues;

    internal HashingTransformer(IHostEnvironment env, HashingEstimator.ColumnOptions[] columns, VBuffer<ReadOnlyMemory<char>>?[] keyValues)
        : base(env.Register(nameof(HashingTransformer)), Array.ConvertAll(columns, column => (column.Name, column.InputColumnName ?? column.Name)))
    {
        _columns = columns;
        _keyValues = keyValues;
    }

    internal static HashingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var names = ValueCodecs.Get<VBuffer<ReadOnlyMemory<char>>>();
        var pairs = LoadColumns(ctx);
        var columns = new HashingEstimator.ColumnOptions[pairs.Length];
        var keyValues = new VBuffer<ReadOnlyMemory<char>>?[pairs.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = new HashingEstimator.ColumnOptions(
                pairs[i].outputColumnName, pairs[i].inputColumnName, ctx.Reader.ReadInt32(), ctx.Reader.ReadUInt32(), ctx.Reader.ReadBoolean(), 0, ctx.Reader.ReadBoolean());
            Contracts.CheckDecode(columns[i].NumberOfBits is >= 1 and <= HashingEstimator.MaximumBits);
            if (!ctx.Reader.ReadBoolean())
                continue;
            VBuffer<ReadOnlyMemory<char>> values = default;
            names.Read(ctx.Reader, ref values);
            Contracts.CheckDecode(values.Length == columns[i].KeyCount);
            keyValues[i] = values;
        }
        return new HashingTransformer(ctx.Env, columns, keyValues);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        var names = ValueCodecs.Get<VBuffer<ReadOnlyMemory<char>>>();
        for (int i = 0; i < _columns.Length; i++)
        {
            ctx.Writer.Write(_columns[i].NumberOfBits);
            ctx.Writer.Write(_columns[i].Seed);
            ctx.Writer.Write(_columns[i].UseOrderedHashing);
            ctx.Writer.Write(_columns[i].Combine);
            ctx.Writer.Write(_keyValues[i] != null);
            if (_keyValues[i] is { } values)
                names.Write(ctx.Writer, in values);
        }
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        var options = _columns[index];
        if (!ValueHashing.CanHash(input.Type.ItemTypeOrSelf()))
            throw Contracts.ExceptParam("inputSchema", HashingEstimator.ExpectedColumnType);
        var key = new KeyDataViewType(typeof(uint), options.KeyCount);
        bool isVector = input.Type is VectorDataViewType && !options.Combine;
        DataViewType type = isVector ? new VectorDataViewType(key, ((VectorDataViewType)input.Type).Dimensions) : key;

        var builder = new DataViewSchema.Annotations.Builder();
        if (isVector)
            builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        if (_keyValues[index] is { } values)
            builder.AddKeyValues(values.Length, TextDataViewType.Instance, (ref VBuffer<ReadOnlyMemory<char>> destination) => values.CopyTo(ref destination));
        return new OutputColumn(outputName, type, builder.ToAnnotations(), [input.Index], row => MakeGetter(row, input, options));
    }

    /// <summary>The getter of the keys of a column.</summary>
    internal static Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input, HashingEstimator.ColumnOptions options) =>
        GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, HashingEstimator.ColumnOptions, Delegate>(
            input.Type.ItemTypeOrSelf().RawType, MakeTypedGetter<int>, row, input, options);

    private static Delegate MakeTypedGetter<T>(DataViewRow row, DataViewSchema.Column input, HashingEstimator.ColumnOptions options)
    {
        int bits = options.NumberOfBits;
        uint seed = options.Seed;
        bool isKey = input.Type.ItemTypeOrSelf() is KeyDataViewType;
        if (input.Type is not VectorDataViewType)
        {
            if (options.UseOrderedHashing)
                seed = ValueHashing.SeedOfSlot(seed, 0);
            var scalar = row.GetGetter<T>(input);
            T value = default;
            return (ValueGetter<uint>)((ref uint key) =>
            {
                scalar(ref value);
                key = ValueHashing.Hash(seed, bits, in value, isKey);
            });
        }
        var vector = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> buffer = default;
        if (options.Combine)
        {
            return (ValueGetter<uint>)((ref uint key) =>
            {
                vector(ref buffer);
                key = ValueHashing.HashAll(seed, bits, in buffer, isKey);
            });
        }
        bool ordered = options.UseOrderedHashing;
        bool keepsSparsity = ValueHashing.Hash<T>(seed, bits, default, isKey) == 0;
        return (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> keys) =>
        {
            vector(ref buffer);
            if (!buffer.IsDense && !keepsSparsity)
                VBufferUtils.Densify(ref buffer);
            var values = buffer.GetValues();
            var indices = buffer.GetIndices();
            var editor = VBufferEditor.Create(ref keys, buffer.Length, values.Length);
            indices.CopyTo(editor.Indices);
            for (int i = 0; i < values.Length; i++)
            {
                uint start = ordered ? ValueHashing.SeedOfSlot(seed, indices.IsEmpty ? i : indices[i]) : seed;
                editor.Values[i] = ValueHashing.Hash(start, bits, in values[i], isKey);
            }
            keys = editor.Commit();
        });
    }
}
