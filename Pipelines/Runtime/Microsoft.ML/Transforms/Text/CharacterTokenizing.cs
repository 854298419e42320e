using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Splits text into characters, as keys whose values are the characters.</summary>
public sealed class TokenizingByCharactersEstimator : TrivialEstimator<TokenizingByCharactersTransformer>
{
    internal const string ExpectedColumnType = "Text";

    internal TokenizingByCharactersEstimator(IHostEnvironment env, bool useMarkerCharacters = true, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TokenizingByCharactersEstimator)), new TokenizingByCharactersTransformer(env, useMarkerCharacters, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(pair =>
        {
            var input = inputSchema.FindText(pair.inputColumnName, ExpectedColumnType);
            var annotations = new List<SchemaShape.Column>();
            if (input.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out var slotNames))
                annotations.Add(new SchemaShape.Column(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, slotNames.ItemType, false));
            annotations.Add(SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.KeyValues));
            return new SchemaShape.Column(pair.outputColumnName, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.UInt16, true, new SchemaShape(annotations));
        }));
    }
}

/// <summary>The transformer of <see cref="TokenizingByCharactersEstimator"/>.</summary>
public sealed class TokenizingByCharactersTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "CharToken";
    private const int FormatVersion = 1;

    private readonly bool _useMarkerCharacters;

    internal TokenizingByCharactersTransformer(IHostEnvironment env, bool useMarkerCharacters, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register("CharTokenizer"), columns)
    {
        _useMarkerCharacters = useMarkerCharacters;
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static TokenizingByCharactersTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        return new TokenizingByCharactersTransformer(ctx.Env, ctx.Reader.ReadBoolean(), columns);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        ctx.Writer.Write(_useMarkerCharacters);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        TextColumns.CheckText(input, TokenizingByCharactersEstimator.ExpectedColumnType);
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        builder.AddKeyValues(CharacterKeys.Count, TextDataViewType.Instance,
            (ref VBuffer<ReadOnlyMemory<char>> destination) => destination = new VBuffer<ReadOnlyMemory<char>>(CharacterKeys.Count, CharacterKeys.Names));
        return new OutputColumn(outputName, new VectorDataViewType(CharacterKeys.Type), builder.ToAnnotations(), [input.Index], row => MakeGetter(row, input));
    }

    private ValueGetter<VBuffer<ushort>> MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        var keys = new TokenBuffer();
        if (input.Type is not VectorDataViewType)
        {
            var scalar = row.GetGetter<ReadOnlyMemory<char>>(input);
            ReadOnlyMemory<char> text = default;
            return (ref VBuffer<ushort> destination) =>
            {
                scalar(ref text);
                keys.Clear();
                if (!text.IsEmpty)
                {
                    AddMarker(keys, CharacterKeys.StartMarker);
                    keys.AddCharacters(text.Span);
                    AddMarker(keys, CharacterKeys.EndMarker);
                }
                Set(keys, ref destination);
            };
        }
        var vector = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(input);
        VBuffer<ReadOnlyMemory<char>> texts = default;
        return (ref VBuffer<ushort> destination) =>
        {
            vector(ref texts);
            keys.Clear();
            AddMarker(keys, CharacterKeys.StartMarker);
            var values = texts.GetValues();
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i].IsEmpty)
                    continue;
                if (i > 0)
                    keys.Add(CharacterKeys.UnitSeparator);
                keys.AddCharacters(values[i].Span);
            }
            AddMarker(keys, CharacterKeys.EndMarker);
            Set(keys, ref destination);
        };
    }

    private void AddMarker(TokenBuffer keys, char marker)
    {
        if (_useMarkerCharacters)
            keys.Add(marker);
    }

    private static void Set(TokenBuffer keys, ref VBuffer<ushort> destination)
    {
        var editor = VBufferEditor.Create(ref destination, keys.Count);
        var source = keys.Span;
        for (int i = 0; i < source.Length; i++)
            editor.Values[i] = (ushort)source[i];
        destination = editor.Commit();
    }
}

/// <summary>Characters as keys: the key of a character is its code; U+0000 is missing.</summary>
internal static class CharacterKeys
{
    public const int Count = ushort.MaxValue;

    /// <summary>Stands before the first character of a text.</summary>
    public const char StartMarker = '\u0002';

    /// <summary>Stands after the last character of a text.</summary>
    public const char EndMarker = '\u0003';

    /// <summary>Stands between the texts of a vector.</summary>
    public const char UnitSeparator = '\u001F';

    private static readonly Lazy<ReadOnlyMemory<char>[]> LazyNames = new(() =>
    {
        var names = new ReadOnlyMemory<char>[Count];
        for (int i = 0; i < Count; i++)
            names[i] = NameOf((char)(i + 1)).AsMemory();
        return names;
    });

    // The abbreviations of the C1 control characters.
    private static readonly string[] ControlNames =
    [
        "PAD", "HOP", "BPH", "NBH", "IND", "NEL", "SSA", "ESA", "HTS", "HTJ", "VTS", "PLD", "PLU", "RI", "SS2", "SS3",
        "DCS", "PU1", "PU2", "STS", "CCH", "MW", "SPA", "EPA", "SOS", "SGCI", "SCI", "CSI", "ST", "OSC", "PM", "APC",
    ];

    public static KeyDataViewType Type { get; } = new(typeof(ushort), Count);

    /// <summary>The names of the keys; do not change them.</summary>
    public static ReadOnlyMemory<char>[] Names => LazyNames.Value;

    private static string NameOf(char item) => item switch
    {
        <= ' ' => $"<{(char)('\u2400' + item)}>",
        '\u007F' => "<\u2421>",
        >= '\u0080' and <= '\u009F' => $"<{ControlNames[item - '\u0080']}>",
        '\u2028' => "<LSEP>",
        '\u2029' => "<PSEP>",
        >= '\uD800' and <= '\uDFFF' => string.Format(CultureInfo.InvariantCulture, "\\u{0:4X}", (int)item),
        _ => item.ToString(),
    };
}
