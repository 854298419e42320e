using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.Recommender;

/// <summary>Adds the value that a factorised matrix has at the row and column of each example: Score.</summary>
public sealed class MatrixFactorizationPredictionTransformer : PredictionTransformerBase<MatrixFactorizationModelParameters>
{
    internal const string LoaderName = "MFPredXfer";
    private const int FormatVersion = 1;

    private readonly MatrixIndex _row;
    private readonly MatrixIndex _column;

    internal MatrixFactorizationPredictionTransformer(
        IHostEnvironment env, MatrixFactorizationModelParameters model, DataViewSchema trainSchema, string matrixColumnIndexColumnName, string matrixRowIndexColumnName)
        : this(env, model, MatrixIndex.Of(trainSchema, "matrixColumnIndex", matrixColumnIndexColumnName), MatrixIndex.Of(trainSchema, "matrixRowIndex", matrixRowIndexColumnName))
    {
    }

    private MatrixFactorizationPredictionTransformer(IHostEnvironment env, MatrixFactorizationModelParameters model, MatrixIndex column, MatrixIndex row)
        : base(env.Register(nameof(MatrixFactorizationPredictionTransformer)), model)
    {
        _column = column;
        _row = row;
    }

    public override DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return Bind(inputSchema).OutputSchema;
    }

    internal static object Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var model = ctx.LoadChild<MatrixFactorizationModelParameters>(ModelChild);
        return new MatrixFactorizationPredictionTransformer(ctx.Env, model, MatrixIndex.Load(ctx.Reader), MatrixIndex.Load(ctx.Reader));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        _column.Save(ctx.Writer);
        _row.Save(ctx.Writer);
        ctx.SaveChild(ModelChild, Model);
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        var row = MatrixIndex.Find(inputSchema, nameof(inputSchema), "matrixRowIndex", _row.Name);
        var column = MatrixIndex.Find(inputSchema, nameof(inputSchema), "matrixColumnIndex", _column.Name);
        uint setId = AnnotationUtils.MaxScoreColumnSetId(inputSchema) + 1;
        var annotations = ScoreAnnotations.Output(AnnotationUtils.ScoreColumnKind.Regression, AnnotationUtils.ScoreValueKind.Score, setId);
        return new RowMapper(inputSchema, [new OutputColumn(DefaultColumnNames.Score, NumberDataViewType.Single, annotations, [row.Index, column.Index], input => MakeGetter(input, row, column))]);
    }

    private ValueGetter<float> MakeGetter(DataViewRow input, DataViewSchema.Column rowColumn, DataViewSchema.Column columnColumn)
    {
        var rows = TrainingGetters.GroupOrNull(input, rowColumn);
        var columns = TrainingGetters.GroupOrNull(input, columnColumn);
        ulong row = 0, column = 0;
        return (ref float score) =>
        {
            rows(ref row);
            columns(ref column);
            score = Model.Score(row, column);
        };
    }
}

/// <summary>A key column that numbers rows or columns of a matrix, as it was in training.</summary>
internal readonly record struct MatrixIndex(string Name, DataViewType Type)
{
    public static MatrixIndex Of(DataViewSchema schema, string role, string name)
    {
        var column = Find(schema, nameof(schema), role, name);
        return new MatrixIndex(column.Name, column.Type);
    }

    /// <summary>The column of that name, which must be of a key.</summary>
    public static DataViewSchema.Column Find(DataViewSchema schema, string parameter, string role, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch(parameter, role, name);
        return column.Type is KeyDataViewType ? column : throw Contracts.ExceptSchemaMismatch(parameter, role, name, "Key", column.Type.ToString());
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Name);
        ValueCodecs.WriteType(writer, Type);
    }

    public static MatrixIndex Load(BinaryReader reader)
    {
        string name = reader.ReadString();
        var type = ValueCodecs.ReadType(reader);
        Contracts.CheckDecode(name.Length > 0 && type is KeyDataViewType);
        return new MatrixIndex(name, type);
    }
}
