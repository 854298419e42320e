using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The base of transformers each of whose output rows depends on one input row alone.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected readonly IHost Host;

    private protected RowToRowTransformerBase(IHost host)
    {
        Contracts.CheckValue(host, nameof(host));
        Host = host;
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => BindChecked(inputSchema).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new MappedDataView(input, BindChecked(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => BindChecked(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    /// <summary>Binds to a schema; throws the documented errors where its columns do not fit.</summary>
    private protected abstract RowMapper Bind(DataViewSchema inputSchema);

    private protected abstract void SaveModel(ModelSaveContext ctx);

    private RowMapper BindChecked(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return Bind(inputSchema);
    }
}

/// <summary>The base of transformers that map each of several columns to one new column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    private protected readonly (string outputColumnName, string inputColumnName)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, params (string outputColumnName, string inputColumnName)[] columns) : base(host)
    {
        Contracts.CheckNonEmpty(columns, nameof(columns));
        var outputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (output, input) in columns)
        {
            Contracts.CheckNonEmpty(input, "inputColumnName");
            Contracts.CheckParam(outputs.Add(output), nameof(columns), $"Output column '{output}' specified multiple times");
        }
        ColumnPairs = columns;
    }

    /// <summary>The output of pair <paramref name="index"/>; throws the documented error where the input type does not fit.</summary>
    private protected abstract OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input);

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        var outputs = new OutputColumn[ColumnPairs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            var (output, input) = ColumnPairs[i];
            var column = inputSchema.GetColumnOrNull(input) ?? throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input);
            outputs[i] = MapColumn(i, output, column);
        }
        return new RowMapper(inputSchema, outputs);
    }

    private protected void SaveColumns(ModelSaveContext ctx)
    {
        ctx.Writer.Write(ColumnPairs.Length);
        foreach (var (output, input) in ColumnPairs)
        {
            ctx.Writer.Write(output);
            ctx.Writer.Write(input);
        }
    }

    private protected static (string outputColumnName, string inputColumnName)[] LoadColumns(ModelLoadContext ctx)
    {
        var columns = new (string, string)[ctx.Reader.ReadCount(2)];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = (ctx.Reader.ReadString(), ctx.Reader.ReadString());
        return columns;
    }
}
