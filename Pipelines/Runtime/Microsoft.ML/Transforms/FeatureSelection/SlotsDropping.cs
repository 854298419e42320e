using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Drops slots of vectors, and with them their names. A vector without any is left with one slot of zero.</summary>
internal sealed class SlotsDroppingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "DropSlots";
    private const int FormatVersion = 1;

    private readonly int[] _sizes;
    private readonly int[][] _kept;

    public SlotsDroppingTransformer(IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns, bool[][] keep)
        : this(env, columns,
            Array.ConvertAll(keep, slots => slots.Length),
            Array.ConvertAll(keep, slots => Enumerable.Range(0, slots.Length).Where(slot => slots[slot]).ToArray()))
    {
    }

    private SlotsDroppingTransformer(IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns, int[] sizes, int[][] kept)
        : base(env.Register(nameof(SlotsDroppingTransformer)), columns)
    {
        _sizes = sizes;
        _kept = kept;
    }

    internal static SlotsDroppingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        var sizes = new int[columns.Length];
        var kept = new int[columns.Length][];
        for (int i = 0; i < columns.Length; i++)
        {
            sizes[i] = ctx.Reader.ReadInt32();
            kept[i] = ctx.Reader.ReadArray<int>();
            Contracts.CheckDecode(sizes[i] > 0);
            BinaryIO.CheckIncreasing(kept[i], sizes[i]);
        }
        return new SlotsDroppingTransformer(ctx.Env, columns, sizes, kept);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        for (int i = 0; i < _sizes.Length; i++)
        {
            ctx.Writer.Write(_sizes[i]);
            ctx.Writer.WriteArray<int>(_kept[i]);
        }
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        var item = input.Type.ItemTypeOrSelf();
        // The official transform knows no other item types either.
        if (item is not (KeyDataViewType or TextDataViewType) && item != NumberDataViewType.Single && item != NumberDataViewType.Double)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name);
        if (input.Type.ValueCount() != _sizes[index])
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, $"{_sizes[index]} slots", input.Type.ToString());
        int[] kept = _kept[index];
        var type = input.Type is VectorDataViewType vector ? new VectorDataViewType(vector.ItemType, Math.Max(1, kept.Length)) : input.Type;
        return new OutputColumn(outputName, type, MakeAnnotations(input, kept), [input.Index], row =>
            GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, int[], Delegate>(item.RawType, MakeGetter<int>, row, input, kept));
    }

    private static DataViewSchema.Annotations MakeAnnotations(DataViewSchema.Column input, int[] kept)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (kept.Length > 0 && input.HasSlotNames())
        {
            var dropper = new SlotDropper<ReadOnlyMemory<char>>(kept, input.Type.ValueCount());
            builder.AddSlotNames(kept.Length, (ref VBuffer<ReadOnlyMemory<char>> names) => dropper.Drop(input.SlotNamesOrEmpty(), ref names));
        }
        int[] ranges = kept.Length == 0 ? [] : CutRanges(input, kept);
        if (ranges.Length > 0)
        {
            builder.Add(AnnotationUtils.Kinds.CategoricalSlotRanges, new VectorDataViewType(NumberDataViewType.Int32, ranges.Length / 2, 2),
                (ref VBuffer<int> value) => value = new VBuffer<int>(ranges.Length, ranges));
        }
        builder.Add(input.Annotations, kind => kind is AnnotationUtils.Kinds.KeyValues or AnnotationUtils.Kinds.IsNormalized);
        return builder.ToAnnotations();
    }

    /// <summary>The bounds, in pairs, of the slots of each categorical column that are left; none where nothing is.</summary>
    private static int[] CutRanges(DataViewSchema.Column input, int[] kept)
    {
        if (input.GetAnnotationTypeOrNull(AnnotationUtils.Kinds.CategoricalSlotRanges) is not VectorDataViewType { Dimensions: [> 0, 2] } type || type.ItemType != NumberDataViewType.Int32)
            return [];
        VBuffer<int> ranges = default;
        input.Annotations.GetValue(AnnotationUtils.Kinds.CategoricalSlotRanges, ref ranges);
        var cut = new List<int>();
        foreach (var range in ranges.DenseValues().Chunk(2))
        {
            int first = IndexOfFirstFrom(kept, range[0]);
            int last = IndexOfFirstFrom(kept, range[1] + 1) - 1;
            if (first <= last)
                cut.AddRange([first, last]);
        }
        return [.. cut];
    }

    private static int IndexOfFirstFrom(int[] sorted, int value)
    {
        int index = Array.BinarySearch(sorted, value);
        return index < 0 ? ~index : index;
    }

    private static Delegate MakeGetter<T>(DataViewRow row, DataViewSchema.Column input, int[] kept)
    {
        if (input.Type is not VectorDataViewType)
            return kept.Length > 0 ? row.GetGetter<T>(input) : (ValueGetter<T>)((ref T value) => value = default);
        if (kept.Length == 0)
            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) => VBufferUtils.Resize(ref destination, 1));
        var vector = row.GetGetter<VBuffer<T>>(input);
        var dropper = new SlotDropper<T>(kept, input.Type.ValueCount());
        VBuffer<T> buffer = default;
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
        {
            vector(ref buffer);
            dropper.Drop(in buffer, ref destination);
        });
    }

    /// <summary>Takes the kept slots out of vectors of one size.</summary>
    private sealed class SlotDropper<T>
    {
        private readonly int[] _kept;
        private readonly int[] _newSlots;

        public SlotDropper(int[] kept, int size)
        {
            _kept = kept;
            _newSlots = new int[size];
            Array.Fill(_newSlots, -1);
            for (int i = 0; i < kept.Length; i++)
                _newSlots[kept[i]] = i;
        }

        public void Drop(in VBuffer<T> source, ref VBuffer<T> destination)
        {
            if (source.Length != _newSlots.Length)
                throw Contracts.Except($"A vector has {source.Length} slots, where {_newSlots.Length} are expected.");
            var values = source.GetValues();
            if (source.IsDense)
            {
                var dense = VBufferEditor.Create(ref destination, _kept.Length);
                for (int i = 0; i < _kept.Length; i++)
                    dense.Values[i] = values[_kept[i]];
                destination = dense.Commit();
                return;
            }
            var indices = source.GetIndices();
            var editor = VBufferEditor.Create(ref destination, _kept.Length, Math.Min(values.Length, _kept.Length), requireIndicesOnDense: true);
            int count = 0;
            for (int i = 0; i < values.Length; i++)
            {
                int slot = _newSlots[indices[i]];
                if (slot < 0)
                    continue;
                editor.Values[count] = values[i];
                editor.Indices[count++] = slot;
            }
            destination = editor.CommitTruncated(count);
        }
    }
}
