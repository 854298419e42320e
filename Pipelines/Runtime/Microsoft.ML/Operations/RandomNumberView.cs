using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Adds a column of random numbers in [0, 1): the n-th row gets the n-th of the generator's, so rows come in one order only.</summary>
internal sealed class RandomNumberView : DerivedDataView
{
    private const uint DefaultSeed = 42;

    private readonly TauswortheHybrid.State _state;

    public RandomNumberView(IHostEnvironment env, IDataView source, string name, uint? seed) : base(source)
    {
        env.Register("GenerateNumber");
        _state = TauswortheHybrid.State.FromSeed(seed ?? DefaultSeed);
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(source.Schema);
        builder.AddColumn(name, NumberDataViewType.Single, annotations.ToAnnotations());
        Schema = builder.ToSchema();
    }

    public override DataViewSchema Schema { get; }

    public override bool CanShuffle => false;

    public override long? GetRowCount() => Source.GetRowCount();

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        return new Cursor(this, Source.GetRowCursor(InputColumns(active)), active);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        return active[^1]
            ? [GetRowCursor(columnsNeeded)]
            : Array.ConvertAll(Source.GetRowCursorSet(InputColumns(active), n), DataViewRowCursor (cursor) => new Cursor(this, cursor, active));
    }

    private IEnumerable<DataViewSchema.Column> InputColumns(bool[] active) => Source.Schema.Where(column => active[column.Index]);

    private sealed class Cursor(RandomNumberView view, DataViewRowCursor input, bool[] active) : LinkedCursor(input)
    {
        private readonly TauswortheHybrid _rand = new(view._state);
        private long _drawn = -1;
        private float _value;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!active[column.Index])
                throw DataViewUtils.ExceptInactive(column);
            return column.Index < view.Source.Schema.Count
                ? Input.GetGetter<TValue>(view.Source.Schema[column.Index])
                : DataViewUtils.Cast<TValue>((ValueGetter<float>)GetNumber, column);
        }

        private void GetNumber(ref float value)
        {
            for (; _drawn < Input.Position; _drawn++)
                _value = _rand.NextSingle();
            value = _value;
        }
    }
}
