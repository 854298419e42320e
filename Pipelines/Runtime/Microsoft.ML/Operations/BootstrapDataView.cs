using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// A bootstrap sample: every row as often as a Poisson draw with mean 1 says; the complement gives once each row that
/// the sample lacks.
/// </summary>
internal sealed class BootstrapDataView : DerivedDataView
{
    private readonly TauswortheHybrid.State _state;
    private readonly bool _complement;

    public BootstrapDataView(IHostEnvironment env, IDataView source, uint? seed, bool complement) : base(source)
    {
        var host = env.Register("BootstrapSample");
        _state = TauswortheHybrid.State.FromSeed(seed ?? (uint)host.Rand.Next());
        _complement = complement;
    }

    public override bool CanShuffle => false;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new Cursor(Source.GetRowCursor(columnsNeeded), new TauswortheHybrid(_state), _complement);

    private sealed class Cursor(DataViewRowCursor input, TauswortheHybrid rand, bool complement) : RootCursor
    {
        private int _remaining;

        public override DataViewSchema Schema => input.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter()
        {
            var getter = input.GetIdGetter();
            return (ref DataViewRowId id) =>
            {
                getter(ref id);
                id = id.Combine(new DataViewRowId((ulong)_remaining, 0));
            };
        }

        protected override bool MoveNextCore()
        {
            while (_remaining == 0 && input.MoveNext())
            {
                int count = NextPoisson();
                _remaining = complement ? (count == 0 ? 1 : 0) : count;
            }
            return _remaining-- > 0;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }

        // Knuth's method for a mean of 1.
        private int NextPoisson()
        {
            double limit = Math.Exp(-1);
            int count = 0;
            for (double product = rand.NextDouble(); product > limit; product *= rand.NextDouble())
                count++;
            return count;
        }
    }
}
