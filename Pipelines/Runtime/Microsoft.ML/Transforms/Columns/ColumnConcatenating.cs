using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms
{
    /// <summary>Puts columns of one item type one after another into a vector.</summary>
    public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
    {
        private readonly IHost _host;
        private readonly string _outputColumnName;
        private readonly string[] _inputColumnNames;

        internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
        {
            _host = env.Register("ColumnConcatenatingEstimator");
            Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
            Contracts.CheckValue(inputColumnNames, nameof(inputColumnNames));
            Contracts.CheckParam(!inputColumnNames.Any(string.IsNullOrEmpty), nameof(inputColumnNames), "Contained some null or empty items");
            _outputColumnName = outputColumnName;
            _inputColumnNames = inputColumnNames;
        }

        public ColumnConcatenatingTransformer Fit(IDataView input)
        {
            Contracts.CheckValue(input, nameof(input));
            var transformer = new ColumnConcatenatingTransformer(_host, _outputColumnName, _inputColumnNames);
            transformer.GetOutputSchema(input.Schema);
            return transformer;
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            Contracts.CheckValue(inputSchema, nameof(inputSchema));
            var inputs = Array.ConvertAll(_inputColumnNames, inputSchema.FindInput);
            if (inputs.Length == 1 && inputs[0].Kind != SchemaShape.Column.VectorKind.Scalar)
                return inputSchema.With(inputs[0].CloneWithNewName(_outputColumnName));

            var first = inputs.Length == 0 ? default : inputs[0];
            foreach (var column in inputs)
            {
                if (column.IsKey != first.IsKey || !column.ItemType.Equals(first.ItemType))
                    throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", column.Name, first.CloneAsItem().GetTypeString(), column.GetTypeString());
            }
            bool isVariable = inputs.Any(column => column.Kind == SchemaShape.Column.VectorKind.VariableVector);
            var annotations = new List<SchemaShape.Column>();
            if (inputs.All(SchemaShapeExtensions.IsNormalized) && first.ItemType is NumberDataViewType)
                annotations.Add(SchemaShapeExtensions.IsNormalizedAnnotation);
            if (!isVariable && inputs.Any(column => column.Kind == SchemaShape.Column.VectorKind.Scalar || column.HasSlotNames()))
                annotations.Add(SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames));
            if (!isVariable && inputs.Any(column => column.Annotations.TryFindColumn(AnnotationUtils.Kinds.CategoricalSlotRanges, out _)))
                annotations.Add(new SchemaShape.Column(AnnotationUtils.Kinds.CategoricalSlotRanges, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Int32, false));
            var kind = isVariable ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector;
            return inputSchema.With(new SchemaShape.Column(_outputColumnName, kind, first.ItemType, first.IsKey, new SchemaShape(annotations)));
        }
    }
}

namespace Microsoft.ML.Data
{
    /// <summary>The transformer of <see cref="Transforms.ColumnConcatenatingEstimator"/>.</summary>
    public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
    {
        internal const string LoaderName = "ConcatTransform";
        private const int FormatVersion = 1;

        private readonly string _outputColumnName;
        private readonly string[] _inputColumnNames;

        internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
            : base(env.Register(nameof(ColumnConcatenatingTransformer)))
        {
            Contracts.CheckParam(inputColumnNames.Length > 0, nameof(inputColumnNames), $"The output column '{outputColumnName}' needs at least one input column.");
            _outputColumnName = outputColumnName;
            _inputColumnNames = inputColumnNames;
        }

        internal static ColumnConcatenatingTransformer Load(ModelLoadContext ctx)
        {
            ctx.CheckVersion(FormatVersion);
            return new ColumnConcatenatingTransformer(ctx.Env, ctx.Reader.ReadString(), ctx.Reader.ReadStrings());
        }

        private protected override void SaveModel(ModelSaveContext ctx)
        {
            ctx.SetLoader(LoaderName, FormatVersion);
            ctx.Writer.Write(_outputColumnName);
            ctx.Writer.WriteStrings(_inputColumnNames);
        }

        private protected override RowMapper Bind(DataViewSchema inputSchema)
        {
            var inputs = Array.ConvertAll(_inputColumnNames, name =>
                inputSchema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", name));
            int[] indices = Array.ConvertAll(inputs, input => input.Index);
            if (inputs is [{ Type: VectorDataViewType } only])
                return new RowMapper(inputSchema, [new OutputColumn(_outputColumnName, only.Type, only.Annotations, indices, row => row.GetGetterDelegate(only))]);

            var itemType = inputs[0].Type.ItemTypeOrSelf();
            foreach (var input in inputs)
            {
                if (!input.Type.ItemTypeOrSelf().Equals(itemType))
                    throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, itemType.ToString(), input.Type.ToString());
            }
            int size = inputs.Any(input => input.Type.ValueCount() == 0) ? 0 : checked(inputs.Sum(input => input.Type.ValueCount()));
            var type = new VectorDataViewType((PrimitiveDataViewType)itemType, size);
            var output = new OutputColumn(_outputColumnName, type, MakeAnnotations(inputs, itemType, size), indices,
                row => GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column[], Delegate>(itemType.RawType, MakeGetter<int>, row, inputs));
            return new RowMapper(inputSchema, [output]);
        }

        private static DataViewSchema.Annotations MakeAnnotations(DataViewSchema.Column[] inputs, DataViewType itemType, int size)
        {
            var builder = new DataViewSchema.Annotations.Builder();
            if (itemType is NumberDataViewType && inputs.All(input => input.IsNormalized()))
                builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
            if (size == 0)
                return builder.ToAnnotations();
            if (inputs.Any(input => input.Type is not VectorDataViewType || input.HasSlotNames()))
                builder.AddSlotNames(size, (ref VBuffer<ReadOnlyMemory<char>> names) => names = MakeSlotNames(inputs, size));
            int[] ranges = MakeCategoricalRanges(inputs);
            if (ranges.Length > 0)
                builder.Add(AnnotationUtils.Kinds.CategoricalSlotRanges, new VectorDataViewType(NumberDataViewType.Int32, ranges.Length / 2, 2), (ref VBuffer<int> value) => value = new VBuffer<int>(ranges.Length, ranges));
            return builder.ToAnnotations();
        }

        private static VBuffer<ReadOnlyMemory<char>> MakeSlotNames(DataViewSchema.Column[] inputs, int size)
        {
            var names = new ReadOnlyMemory<char>[size];
            int slot = 0;
            foreach (var input in inputs)
            {
                if (input.Type is not VectorDataViewType vector)
                {
                    names[slot++] = input.Name.AsMemory();
                    continue;
                }
                if (AnnotationUtils.HasSlotNames(input, vector.Size))
                {
                    foreach (var (index, name) in input.SlotNamesOrEmpty().Items())
                    {
                        if (!name.IsEmpty)
                            names[slot + index] = $"{input.Name}.{name}".AsMemory();
                    }
                }
                slot += vector.Size;
            }
            return new VBuffer<ReadOnlyMemory<char>>(size, names);
        }

        private static int[] MakeCategoricalRanges(DataViewSchema.Column[] inputs)
        {
            var ranges = new List<int>();
            int offset = 0;
            foreach (var input in inputs)
            {
                if (input.GetAnnotationTypeOrNull(AnnotationUtils.Kinds.CategoricalSlotRanges) is VectorDataViewType { ItemType: var item } && item.RawType == typeof(int))
                {
                    VBuffer<int> own = default;
                    input.Annotations.GetValue(AnnotationUtils.Kinds.CategoricalSlotRanges, ref own);
                    ranges.AddRange(own.DenseValues().Select(bound => bound + offset));
                }
                offset += input.Type.ValueCount();
            }
            return [.. ranges];
        }

        private static Delegate MakeGetter<T>(DataViewRow row, DataViewSchema.Column[] inputs)
        {
            var scalars = new ValueGetter<T>[inputs.Length];
            var vectors = new ValueGetter<VBuffer<T>>[inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                if (inputs[i].Type is VectorDataViewType)
                    vectors[i] = row.GetGetter<VBuffer<T>>(inputs[i]);
                else
                    scalars[i] = row.GetGetter<T>(inputs[i]);
            }
            var buffers = new VBuffer<T>[inputs.Length];
            var isDefault = DefaultTest<T>();

            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
            {
                int length = 0, count = 0;
                for (int i = 0; i < buffers.Length; i++)
                {
                    if (vectors[i] == null)
                    {
                        length++;
                        count++;
                        continue;
                    }
                    vectors[i](ref buffers[i]);
                    length = checked(length + buffers[i].Length);
                    count += buffers[i].ExplicitCount;
                }
                if (count <= length - length / 2)
                    FillSparse(ref destination, length, count);
                else
                    FillDense(ref destination, length);
            });

            void FillDense(ref VBuffer<T> destination, int length)
            {
                var editor = VBufferEditor.Create(ref destination, length);
                int slot = 0;
                for (int i = 0; i < buffers.Length; i++)
                {
                    if (vectors[i] == null)
                    {
                        scalars[i](ref editor.Values[slot++]);
                        continue;
                    }
                    buffers[i].CopyTo(editor.Values, slot);
                    slot += buffers[i].Length;
                }
                destination = editor.Commit();
            }

            void FillSparse(ref VBuffer<T> destination, int length, int count)
            {
                var editor = VBufferEditor.Create(ref destination, length, count, requireIndicesOnDense: true);
                int slot = 0, kept = 0;
                for (int i = 0; i < buffers.Length; i++)
                {
                    if (vectors[i] == null)
                    {
                        T value = default;
                        scalars[i](ref value);
                        if (!isDefault(value))
                        {
                            editor.Values[kept] = value;
                            editor.Indices[kept++] = slot;
                        }
                        slot++;
                        continue;
                    }
                    var values = buffers[i].GetValues();
                    values.CopyTo(editor.Values[kept..]);
                    if (buffers[i].IsDense)
                    {
                        for (int j = 0; j < values.Length; j++)
                            editor.Indices[kept + j] = slot + j;
                    }
                    else
                    {
                        var indices = buffers[i].GetIndices();
                        for (int j = 0; j < indices.Length; j++)
                            editor.Indices[kept + j] = slot + indices[j];
                    }
                    kept += values.Length;
                    slot += buffers[i].Length;
                }
                destination = editor.CommitTruncated(kept);
            }
        }

        private static Func<T, bool> DefaultTest<T>() =>
            typeof(T) == typeof(ReadOnlyMemory<char>)
                ? (Func<T, bool>)(object)(Func<ReadOnlyMemory<char>, bool>)(text => text.IsEmpty)
                : value => EqualityComparer<T>.Default.Equals(value, default);
    }
}
