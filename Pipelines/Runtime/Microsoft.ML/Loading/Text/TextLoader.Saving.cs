using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

public sealed partial class TextLoader
{
    internal const string LoaderName = "TextLoader";
    private const int FormatVersion = 1;

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.SetLoader(LoaderName, FormatVersion);
        var writer = ctx.Writer;
        writer.Write(_maxRows);
        writer.Write(_format.InputSize);
        writer.Write(new string(_format.Separators));
        writer.Write((ushort)_format.EscapeChar);
        writer.Write((ushort)_format.DecimalMarker);
        foreach (bool flag in Flags(_format))
            writer.Write(flag);
        writer.WriteStringOrNull(_bindings.Header);
        writer.Write(_bindings.Columns.Length);
        foreach (var column in _bindings.Columns)
        {
            writer.Write(column.Name);
            ValueCodecs.WriteType(writer, column.Type.ItemTypeOrSelf());
            writer.Write(column.Segments.Length);
            foreach (var (min, limit, forceVector) in column.Segments)
            {
                writer.Write(min);
                writer.Write(limit);
                writer.Write(forceVector);
            }
        }
    }

    private static bool[] Flags(TextFormat format) =>
        [format.AllowQuoting, format.AllowSparse, format.TrimWhitespace, format.HasHeader, format.ReadMultilines, format.MissingRealsAsNaNs];

    internal static TextLoader Create(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var host = ctx.Env.Register(RegistrationName);
        var reader = ctx.Reader;
        long maxRows = reader.ReadInt64();
        int inputSize = reader.ReadInt32();
        string separators = reader.ReadString();
        char escapeChar = (char)reader.ReadUInt16();
        char decimalMarker = (char)reader.ReadUInt16();
        Contracts.CheckDecode(maxRows >= 0 && inputSize >= 0 && separators.Length > 0 && decimalMarker is '.' or ',');
        var options = new Options
        {
            Separators = separators.ToCharArray(),
            InputSize = inputSize,
            EscapeChar = escapeChar,
            DecimalMarker = decimalMarker,
            AllowQuoting = reader.ReadBoolean(),
            AllowSparse = reader.ReadBoolean(),
            TrimWhitespace = reader.ReadBoolean(),
            HasHeader = reader.ReadBoolean(),
            ReadMultilines = reader.ReadBoolean(),
            MissingRealsAsNaNs = reader.ReadBoolean(),
        };
        string header = reader.ReadStringOrNull();
        try
        {
            var format = ToFormat(options, hasHeaderFile: false);
            return new TextLoader(host, format, TextBindings.Restore(ReadColumns(reader), header, format), maxRows);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw Contracts.ExceptDecode(e, $"The text loader of the model is invalid: {e.Message}");
        }
    }

    private static ColumnBinding[] ReadColumns(BinaryReader reader)
    {
        var columns = new ColumnBinding[reader.ReadCount(sizeof(int))];
        Contracts.CheckDecode(columns.Length > 0);
        for (int i = 0; i < columns.Length; i++)
        {
            string name = reader.ReadString();
            var itemType = ValueCodecs.ReadType(reader) as PrimitiveDataViewType;
            Contracts.CheckDecode(itemType is not (null or RowIdDataViewType));
            var segments = new Segment[reader.ReadCount(2 * sizeof(int))];
            Contracts.CheckDecode(segments.Length > 0);
            for (int k = 0; k < segments.Length; k++)
            {
                segments[k] = new Segment(reader.ReadInt32(), reader.ReadInt32(), reader.ReadBoolean());
                Contracts.CheckDecode(0 <= segments[k].Min && segments[k].Min < segments[k].Limit);
            }
            columns[i] = new ColumnBinding(name, itemType, segments);
        }
        return columns;
    }
}
