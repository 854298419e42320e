using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Counts the n-grams in vectors of keys, the slot of each being its hash.</summary>
public sealed class NgramHashingEstimator : IEstimator<NgramHashingTransformer>
{
    internal const string ExpectedColumnType = "Expected vector of Key type, and Key is convertible to U4";

    private readonly IHost _host;
    private readonly NgramHashingOptions _options;

    internal NgramHashingEstimator(IHostEnvironment env, NgramHashingOptions options)
    {
        _host = env.Register(nameof(NgramHashingEstimator));
        options.Check();
        _options = options;
    }

    public NgramHashingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var unnamed = new NgramHashingTransformer(_host, _options, null);
        unnamed.GetOutputSchema(input.Schema);
        return _options.MaximumNumberOfInverts == 0 ? unnamed : new NgramHashingTransformer(_host, _options, CollectSlotNames(input));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        foreach (string name in _options.InputColumnNames)
        {
            var input = inputSchema.FindInput(name);
            if (!KeyVectors.IsValid(input))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", name, ExpectedColumnType, input.GetTypeString());
        }
        var annotations = _options.MaximumNumberOfInverts == 0 ? null : new SchemaShape([SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames)]);
        return inputSchema.With(new SchemaShape.Column(_options.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, annotations));
    }

    private VBuffer<ReadOnlyMemory<char>> CollectSlotNames(IDataView input)
    {
        var columns = Array.ConvertAll(_options.InputColumnNames, name => input.Schema[name]);
        var names = new InvertedKeys(1 << _options.NumberOfBits, _options.MaximumNumberOfInverts);
        using var cursor = input.GetRowCursor(columns);
        var tokens = new TokenBuffer();
        var readers = Array.ConvertAll(columns, column => KeyVectors.MakeReader(cursor, column, tokens));
        var describers = columns.Select((column, i) => new NgramDescriber(column, columns.Length > 1 ? _options.FriendlyName(i) : null)).ToArray();
        while (cursor.MoveNext())
        {
            _host.CheckAlive();
            for (int i = 0; i < readers.Length; i++)
            {
                tokens.Clear();
                readers[i]();
                var visitor = new Namer(_options, i, names, describers[i]);
                NgramWalk.Over(tokens.Span, _options.ShortestLength, _options.NgramLength, _options.SkipLength, ref visitor);
            }
        }
        return names.ToVector();
    }

    private readonly struct Namer(NgramHashingOptions options, int column, InvertedKeys names, NgramDescriber describer) : INgramVisitor
    {
        public void Visit(ReadOnlySpan<uint> ngram)
        {
            int slot = options.SlotOf(ngram, column);
            if (slot >= 0 && !names.IsFull((uint)slot + 1))
                names.Add((uint)slot + 1, describer.Describe(ngram));
        }
    }
}

/// <summary>How n-grams are hashed.</summary>
internal sealed record NgramHashingOptions(
    string OutputColumnName,
    string[] InputColumnNames,
    int NumberOfBits,
    int NgramLength,
    int SkipLength,
    bool UseAllLengths,
    uint Seed,
    bool UseOrderedHashing,
    int MaximumNumberOfInverts,
    bool RehashUnigrams)
{
    private const int MaximumBits = 30;

    /// <summary>The names that stand for the input columns in slot names; null for their own.</summary>
    public string[] FriendlyNames { get; init; }

    public int ShortestLength => UseAllLengths ? 1 : NgramLength;

    public string FriendlyName(int column) => (FriendlyNames ?? InputColumnNames)[column];

    public void Check()
    {
        TextColumns.CheckNames(OutputColumnName, InputColumnNames);
        Contracts.CheckParam(MaximumNumberOfInverts >= -1, "maximumNumberOfInverts", "Value too small, must be -1 or larger");
        Contracts.CheckParam(NumberOfBits is >= 1 and <= MaximumBits, "numberOfBits", $"Should be between 1 and {MaximumBits} inclusive, but is {NumberOfBits}.");
        NgramSettings.CheckLengths(NgramLength, SkipLength);
    }

    /// <summary>The slot of an n-gram of a column, -1 where n-grams of its length are not counted.</summary>
    public int SlotOf(ReadOnlySpan<uint> ngram, int column)
    {
        if (ngram.Length < ShortestLength)
            return -1;
        uint hash = ngram.Length == 1 && !RehashUnigrams ? ngram[0] : Hashing.MurmurHash(Seed, ngram);
        if (UseOrderedHashing)
            hash = Hashing.MixHash(column > 0 ? Hashing.MurmurRound(hash, (uint)column) : hash);
        return (int)(hash & (1u << NumberOfBits) - 1);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(OutputColumnName);
        writer.WriteStrings(InputColumnNames);
        writer.Write(NumberOfBits);
        writer.Write(NgramLength);
        writer.Write(SkipLength);
        writer.Write(UseAllLengths);
        writer.Write(Seed);
        writer.Write(UseOrderedHashing);
        writer.Write(RehashUnigrams);
    }

    public static NgramHashingOptions Load(BinaryReader reader)
    {
        var options = new NgramHashingOptions(
            reader.ReadString(), reader.ReadStrings(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadBoolean(), reader.ReadUInt32(), reader.ReadBoolean(), 0, reader.ReadBoolean());
        Contracts.CheckDecode(options.NumberOfBits is >= 1 and <= MaximumBits && options.InputColumnNames.Length > 0);
        Contracts.CheckDecode(options.NgramLength > 0 && options.SkipLength >= 0 && (long)options.NgramLength + options.SkipLength <= NgramWalk.MaximumSpan);
        return options;
    }
}

/// <summary>The transformer of <see cref="NgramHashingEstimator"/>.</summary>
public sealed class NgramHashingTransformer : RowToRowTransformerBase
{
    internal const string LoaderName = "NgramHashTransform";
    private const int FormatVersion = 1;

    private readonly NgramHashingOptions _options;
    private readonly VBuffer<ReadOnlyMemory<char>>? _slotNames;

    internal NgramHashingTransformer(IHostEnvironment env, NgramHashingOptions options, VBuffer<ReadOnlyMemory<char>>? slotNames)
        : base(env.Register(nameof(NgramHashingTransformer)))
    {
        _options = options;
        _slotNames = slotNames;
    }

    internal static NgramHashingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var options = NgramHashingOptions.Load(ctx.Reader);
        if (!ctx.Reader.ReadBoolean())
            return new NgramHashingTransformer(ctx.Env, options, null);
        VBuffer<ReadOnlyMemory<char>> names = default;
        ValueCodecs.Get<VBuffer<ReadOnlyMemory<char>>>().Read(ctx.Reader, ref names);
        Contracts.CheckDecode(names.Length == 1 << options.NumberOfBits);
        return new NgramHashingTransformer(ctx.Env, options, names);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        _options.Save(ctx.Writer);
        ctx.Writer.Write(_slotNames != null);
        if (_slotNames is { } names)
            ValueCodecs.Get<VBuffer<ReadOnlyMemory<char>>>().Write(ctx.Writer, in names);
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        var columns = Array.ConvertAll(_options.InputColumnNames, name =>
            inputSchema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", name));
        foreach (var column in columns)
        {
            if (!KeyVectors.IsValid(column.Type))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", column.Name, NgramHashingEstimator.ExpectedColumnType, column.Type.ToString());
        }
        var builder = new DataViewSchema.Annotations.Builder();
        if (_slotNames is { } names)
            builder.AddSlotNames(names.Length, (ref VBuffer<ReadOnlyMemory<char>> destination) => names.CopyTo(ref destination));
        var type = new VectorDataViewType(NumberDataViewType.Single, 1 << _options.NumberOfBits);
        return new RowMapper(inputSchema, [new OutputColumn(_options.OutputColumnName, type, builder.ToAnnotations(), Array.ConvertAll(columns, column => column.Index), row => MakeGetter(row, columns))]);
    }

    private ValueGetter<VBuffer<float>> MakeGetter(DataViewRow row, DataViewSchema.Column[] columns)
    {
        var tokens = new TokenBuffer();
        var readers = Array.ConvertAll(columns, column => KeyVectors.MakeReader(row, column, tokens));
        var counter = new SlotCounter(1 << _options.NumberOfBits);
        return (ref VBuffer<float> destination) =>
        {
            counter.Clear();
            for (int i = 0; i < readers.Length; i++)
            {
                tokens.Clear();
                readers[i]();
                var visitor = new Hasher(_options, i, counter);
                NgramWalk.Over(tokens.Span, _options.ShortestLength, _options.NgramLength, _options.SkipLength, ref visitor);
            }
            counter.GetCounts(ref destination);
        };
    }

    private readonly struct Hasher(NgramHashingOptions options, int column, SlotCounter counter) : INgramVisitor
    {
        public void Visit(ReadOnlySpan<uint> ngram)
        {
            int slot = options.SlotOf(ngram, column);
            if (slot >= 0)
                counter.Add(slot);
        }
    }
}
