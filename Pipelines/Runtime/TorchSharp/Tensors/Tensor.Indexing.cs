namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator IndexOperator = new("index", "Tensor");
        private static readonly Operator IndexPutInPlace = new("index_put_");

        /// <summary>The part that the indices name, one for each dimension from the first.</summary>
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        /// <summary>The elements that tensors of indices, or of truth values, name.</summary>
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        /// <summary>One place of the first dimension.</summary>
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Assign([TensorIndex.Single(i1)], value);
        }

        /// <summary>One place of the first two dimensions.</summary>
        public Tensor this[long i1, long i2]
        {
            get => index(TensorIndex.Single(i1), TensorIndex.Single(i2));
            set => Assign([TensorIndex.Single(i1), TensorIndex.Single(i2)], value);
        }

        /// <summary>One place of the first three dimensions.</summary>
        public Tensor this[long i1, long i2, long i3]
        {
            get => index(TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3));
            set => Assign([TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3)], value);
        }

        /// <summary>One place of the first four dimensions.</summary>
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3), TensorIndex.Single(i4));
            set => Assign([TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3), TensorIndex.Single(i4)], value);
        }

        /// <summary>The part that the indices name, one for each dimension from the first.</summary>
        public Tensor index(params TensorIndex[] indices)
        {
            var (view, tensors) = Resolve(indices);
            if (tensors is null)
                return view;
            var result = IndexOperator.Call(view, Argument.Optional(tensors));
            view.Dispose();
            return result;
        }

        /// <summary>The elements that tensors of indices, or of truth values, name.</summary>
        public Tensor index(params Tensor[] indices) => IndexOperator.Call(this, Argument.Optional(indices));

        /// <summary>Puts values at the part that the indices name.</summary>
        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            Assign(indices, value);
            return this;
        }

        /// <summary>Puts values at the elements that tensors name.</summary>
        public Tensor index_put_(Tensor value, params Tensor[] indices)
        {
            IndexPutInPlace.Run(this, Argument.Optional(indices), value);
            return this;
        }

        /// <summary>Puts a value at the part that the indices name.</summary>
        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var tensor = FromScalar(value);
            using var converted = tensor.to(dtype, device);
            Assign(indices, converted);
            return this;
        }

        private void Assign(TensorIndex[] indices, Tensor value)
        {
            var (view, tensors) = Resolve(indices);
            if (tensors is null)
                view.copy_(value);
            else
                IndexPutInPlace.Run(view, Argument.Optional(tensors), value);
            view.Dispose();
        }

        // A view of this tensor for what can be a view, and the tensors that index it.
        private (Tensor View, Tensor[] Indices) Resolve(TensorIndex[] indices)
        {
            var view = alias();
            var tensors = new List<Tensor>();
            bool any = false;
            long dimension = 0;
            long given = indices.Count(index => index.IsDimension);
            foreach (var index in indices)
            {
                var next = view;
                switch (index.Form)
                {
                    case TensorIndex.Kind.Ellipsis:
                        long skipped = Dimensions - given;
                        for (long i = 0; i < skipped; i++)
                            tensors.Add(null);
                        dimension += skipped;
                        break;
                    case TensorIndex.Kind.None:
                        next = view.unsqueeze(dimension++);
                        tensors.Add(null);
                        break;
                    case TensorIndex.Kind.Single:
                        next = view.select(dimension, index.First.Value);
                        break;
                    case TensorIndex.Kind.Slice:
                        if (index.First is not null || index.Last is not null || index.Step is not null)
                            next = view.slice(dimension, index.First ?? 0, index.Last ?? long.MaxValue, index.Step ?? 1);
                        dimension++;
                        tensors.Add(null);
                        break;
                    case TensorIndex.Kind.Bool:
                        next = view.unsqueeze(dimension++);
                        tensors.Add(tensor(index.First != 0 ? (long[])[0] : []).to(device));
                        any = true;
                        break;
                    case TensorIndex.Kind.Tensor:
                        tensors.Add(index.Indices);
                        bool mask = index.Indices.dtype is ScalarType.Bool or ScalarType.Byte;
                        dimension += mask ? index.Indices.Dimensions : 1;
                        any = true;
                        break;
                }
                if (!ReferenceEquals(next, view))
                    view.Dispose();
                view = next;
            }
            return (view, any ? [.. tensors] : null);
        }
    }

    /// <summary>What to take of one dimension.</summary>
    public struct TensorIndex
    {
        internal enum Kind
        {
            None,
            Ellipsis,
            Single,
            Slice,
            Bool,
            Tensor,
        }

#pragma warning disable CA2211 // These are fields in the published API.
        /// <summary>All dimensions that no other index names.</summary>
        public static TensorIndex Ellipsis = new(Kind.Ellipsis);

        /// <summary>A new dimension of the length 1.</summary>
        public static TensorIndex None = new(Kind.None);

        /// <summary>A new dimension of the length 1.</summary>
        public static TensorIndex Null = new(Kind.None);

        /// <summary>All of a dimension.</summary>
        public static TensorIndex Colon = new(Kind.Slice);
#pragma warning restore CA2211

        private TensorIndex(Kind form, long? first = null, long? last = null, long? step = null, Tensor indices = null)
        {
            Form = form;
            First = first;
            Last = last;
            Step = step;
            Indices = indices;
        }

        internal Kind Form { get; }

        internal long? First { get; }

        internal long? Last { get; }

        internal long? Step { get; }

        internal Tensor Indices { get; }

        internal readonly bool IsDimension => Form is Kind.Single or Kind.Slice or Kind.Tensor;

        /// <summary>The places from start to stop, excluded, in steps.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new(Kind.Slice, start, stop, step);

        /// <summary>The places from one to another, excluded.</summary>
        public static TensorIndex Slice((int? start, int? end) range) => new(Kind.Slice, range.start, range.end);

        /// <summary>The places of a range.</summary>
        public static TensorIndex Slice(Range range)
        {
            long start = range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value;
            long? end = range.End.IsFromEnd ? (range.End.Value == 0 ? null : -range.End.Value) : range.End.Value;
            return new TensorIndex(Kind.Slice, start, end);
        }

        /// <summary>A new dimension of the length 1, or 0.</summary>
        public static TensorIndex Bool(bool value) => new(Kind.Bool, value ? 1 : 0);

        /// <summary>One place; the dimension goes.</summary>
        public static TensorIndex Single(long? index) => index is null ? None : new(Kind.Single, index);

        /// <summary>The places that a tensor of indices, or of truth values, names.</summary>
        public static TensorIndex Tensor(Tensor tensor) => new(Kind.Tensor, indices: tensor);

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);
    }
}
