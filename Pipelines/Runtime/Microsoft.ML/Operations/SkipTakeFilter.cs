using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows of a view from the <paramref name="skip"/>-th on, at most <paramref name="take"/>; never shuffled.</summary>
internal sealed class SkipTakeFilter(IDataView source, long skip, long take) : DerivedDataView(source)
{
    public override bool CanShuffle => false;

    public override long? GetRowCount() => Source.GetRowCount() is { } count ? Math.Min(Math.Max(count - skip, 0), take) : null;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new Cursor(Source.GetRowCursor(columnsNeeded), skip, take);

    private sealed class Cursor(DataViewRowCursor input, long skip, long take) : FilteringCursor(input)
    {
        private long _toSkip = skip;
        private long _left = take;

        protected override bool Accept() => true;

        protected override bool MoveInput()
        {
            for (; _toSkip > 0; _toSkip--)
            {
                if (!Input.MoveNext())
                    return false;
            }
            return _left-- > 0 && Input.MoveNext();
        }
    }
}
