namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator Reshape = new("reshape");
        private static readonly Operator View = new("view");
        private static readonly Operator FlattenOperator = new("flatten", "using_ints");
        private static readonly Operator Unflatten = new("unflatten", "int");
        private static readonly Operator Squeeze = new("squeeze");
        private static readonly Operator SqueezeDim = new("squeeze", "dim");
        private static readonly Operator Unsqueeze = new("unsqueeze");
        private static readonly Operator UnsqueezeInPlace = new("unsqueeze_");
        private static readonly Operator Transpose = new("transpose", "int");
        private static readonly Operator TransposeInPlace = new("transpose_");
        private static readonly Operator TOperator = new("t");
        private static readonly Operator Permute = new("permute");
        private static readonly Operator Expand = new("expand");
        private static readonly Operator ExpandAs = new("expand_as");
        private static readonly Operator Repeat = new("repeat");
        private static readonly Operator RepeatInterleave = new("repeat_interleave", "self_int");
        private static readonly Operator RepeatInterleaveTensor = new("repeat_interleave", "self_Tensor");
        private static readonly Operator Narrow = new("narrow");
        private static readonly Operator Select = new("select", "int");
        private static readonly Operator SliceOperator = new("slice", "Tensor");
        private static readonly Operator SplitSize = new("split", "Tensor");
        private static readonly Operator SplitSizes = new("split_with_sizes");
        private static readonly Operator Chunk = new("chunk");
        private static readonly Operator Unbind = new("unbind", "int");
        private static readonly Operator Tril = new("tril");
        private static readonly Operator Triu = new("triu");
        private static readonly Operator Flip = new("flip");
        private static readonly Operator Roll = new("roll");
        private static readonly Operator MoveDim = new("movedim", "intlist");
        private static readonly Operator AsStrided = new("as_strided");
        private static readonly Operator ViewAs = new("view_as");
        private static readonly Operator BroadcastTo = new("broadcast_to");
        private static readonly Operator Diagonal = new("diagonal");
        private static readonly Operator Diag = new("diag");
        private static readonly Operator Tile = new("tile");
        private static readonly Operator UnfoldOperator = new("unfold");

        /// <summary>The elements in another shape; one length may be -1. A view where that can be.</summary>
        public Tensor reshape(params long[] shape) => Reshape.Call(this, shape);

        /// <summary>A view of another shape; one length may be -1.</summary>
        public Tensor view(params long[] shape) => View.Call(this, shape);

        /// <summary>A view in the shape of the other.</summary>
        public Tensor view_as(Tensor other) => ViewAs.Call(this, other);

        /// <summary>The dimensions from start_dim to end_dim, both included, as one.</summary>
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => FlattenOperator.Call(this, start_dim, end_dim);

        /// <summary>One dimension as several.</summary>
        public Tensor unflatten(long dim, params long[] sizes) => Unflatten.Call(this, dim, sizes);

        /// <summary>Without the dimensions of the length 1, or without one of them.</summary>
        public Tensor squeeze(long? dim = null) => dim is { } one ? SqueezeDim.Call(this, one) : Squeeze.Call(this);

        /// <summary>With a dimension of the length 1 put in.</summary>
        public Tensor unsqueeze(long dim) => Unsqueeze.Call(this, dim);

        /// <summary>With a dimension of the length 1 put in. In place.</summary>
        public Tensor unsqueeze_(long dim) => InPlace(UnsqueezeInPlace, dim);

        /// <summary>With two dimensions exchanged; a view.</summary>
        public Tensor transpose(long dim0, long dim1) => Transpose.Call(this, dim0, dim1);

        /// <summary>With two dimensions exchanged. In place.</summary>
        public Tensor transpose_(long dim0, long dim1) => InPlace(TransposeInPlace, dim0, dim1);

        /// <summary>With two dimensions exchanged; a view.</summary>
        public Tensor swapaxes(long dim0, long dim1) => Transpose.Call(this, dim0, dim1);

        /// <summary>With two dimensions exchanged; a view.</summary>
        public Tensor swapdims(long dim0, long dim1) => Transpose.Call(this, dim0, dim1);

        /// <summary>The transpose of a matrix; a view.</summary>
        public Tensor t() => TOperator.Call(this);

        /// <summary>The dimensions in another order; a view.</summary>
        public Tensor permute(params long[] permutation) => Permute.Call(this, permutation);

        /// <summary>Dimensions of the length 1 stretched; a view.</summary>
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Expand.Call(this, sizes.ToArray(), isImplicit);

        /// <summary>Dimensions of the length 1 stretched; a view.</summary>
        public Tensor expand(long[] sizes, bool isImplicit = false) => Expand.Call(this, sizes, isImplicit);

        /// <summary>Dimensions of the length 1 stretched; a view.</summary>
        public Tensor expand(params long[] sizes) => Expand.Call(this, sizes);

        /// <summary>Dimensions of the length 1 stretched to the shape of the other; a view.</summary>
        public Tensor expand_as(Tensor other) => ExpandAs.Call(this, other);

        /// <summary>Broadcast to a shape; a view.</summary>
        public Tensor broadcast_to(params long[] shape) => BroadcastTo.Call(this, shape);

        /// <summary>The tensor laid side by side along each dimension.</summary>
        public Tensor repeat(params long[] sizes) => Repeat.Call(this, sizes);

        /// <summary>The tensor laid side by side along each dimension.</summary>
        public Tensor tile(long[] reps) => Tile.Call(this, reps);

        /// <summary>Each element repeated.</summary>
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) => RepeatInterleaveTensor.Call(this, repeats, dim, output_size);

        /// <summary>Each element repeated.</summary>
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => RepeatInterleave.Call(this, repeats, dim, output_size);

        /// <summary>A part of a dimension; a view.</summary>
        public Tensor narrow(long dim, long start, long length) => Narrow.Call(this, dim, start, length);

        /// <summary>One place of a dimension; a view.</summary>
        public Tensor select(long dim, long index) => Select.Call(this, dim, index);

        /// <summary>A part of a dimension, from start to finish, excluded, in steps; a view.</summary>
        public Tensor slice(long dim, long start, long finish, long step) => SliceOperator.Call(this, dim, start, finish, step);

        /// <summary>Parts of a length along a dimension; views.</summary>
        public Tensor[] split(long size, int dim = 0) => SplitSize.CallList(this, size, (long)dim);

        /// <summary>Parts of given lengths along a dimension; views.</summary>
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => SplitSizes.CallList(this, sizes.ToArray(), dim);

        /// <summary>Parts of given lengths along a dimension; views.</summary>
        public Tensor[] split(long[] sizes, long dim = 0) => SplitSizes.CallList(this, sizes, dim);

        /// <summary>A number of parts along a dimension; views.</summary>
        public Tensor[] chunk(long chunks, long dim = 0) => Chunk.CallList(this, chunks, dim);

        /// <summary>The places of a dimension; views.</summary>
        public Tensor[] unbind(long dimension = 0) => Unbind.CallList(this, dimension);

        /// <summary>The lower triangle of a matrix, zeros elsewhere.</summary>
        public Tensor tril(long diagonal = 0) => Tril.Call(this, diagonal);

        /// <summary>The upper triangle of a matrix, zeros elsewhere.</summary>
        public Tensor triu(long diagonal = 0) => Triu.Call(this, diagonal);

        /// <summary>In the reverse order along dimensions.</summary>
        public Tensor flip(params long[] dims) => Flip.Call(this, dims);

        /// <summary>Moved along a dimension, what leaves at the end coming back in at the start.</summary>
        public Tensor roll(long shifts, long? dims = null) => Roll.Call(this, (long[])[shifts], dims is { } dim ? (long[])[dim] : []);

        /// <summary>Moved along dimensions.</summary>
        public Tensor roll(long[] shifts, long[] dims) => Roll.Call(this, shifts, dims);

        /// <summary>With dimensions moved to other places; a view.</summary>
        public Tensor movedim(long[] source, long[] destination) => MoveDim.Call(this, source, destination);

        /// <summary>A view of any shape and strides into the memory.</summary>
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => AsStrided.Call(this, size, strides, storageOffset);

        /// <summary>The diagonal of two dimensions; a view.</summary>
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 0) => Diagonal.Call(this, offset, dim1, dim2);

        /// <summary>The diagonal of a matrix, or the matrix that has a vector as its diagonal.</summary>
        public Tensor diag(long diagonal = 0) => Diag.Call(this, diagonal);

        /// <summary>All windows of a size along a dimension; a view.</summary>
        public Tensor unfold(long dimension, long size, long step) => UnfoldOperator.Call(this, dimension, size, step);

        /// <summary>The transpose of a matrix; a view.</summary>
        public Tensor T => TOperator.Call(this);

        /// <summary>With the last two dimensions exchanged; a view.</summary>
        public Tensor mT => Transpose.Call(this, -2L, -1L);
    }
}
