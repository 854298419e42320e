using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows of files in SVM-light format.</summary>
internal sealed class SvmLightView(IHost host, SvmLightLoader loader, IMultiStreamSource source) : IDataView
{
    public DataViewSchema Schema => loader.GetOutputSchema();

    public bool CanShuffle => false;

    public long? GetRowCount() => source.Count == 0 ? 0 : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new Cursor(this, DataViewUtils.ActiveColumns(Schema, columnsNeeded), host, loader, source);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursor
    {
        private readonly bool[] _active;
        private readonly IHost _host;
        private readonly SvmLightLoader _loader;
        private readonly SvmLightLine _line = new();
        private readonly IEnumerator<SvmLightLine> _lines;
        private readonly List<(int Slot, float Value)> _features = [];
        private bool _hasFeatures;

        public Cursor(SvmLightView parent, bool[] active, IHost host, SvmLightLoader loader, IMultiStreamSource source)
        {
            Schema = parent.Schema;
            _active = active;
            _host = host;
            _loader = loader;
            _lines = SvmLightLine.Read(source, _line).GetEnumerator();
        }

        public override DataViewSchema Schema { get; }

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        protected override bool MoveNextCore()
        {
            _host.CheckAlive();
            _hasFeatures = false;
            return _lines.MoveNext();
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            CheckRow();
            id = new DataViewRowId((ulong)Position, 0);
        };

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!_active[column.Index])
                throw DataViewUtils.ExceptInactive(column);
            Delegate getter = column.Name switch
            {
                "Label" => Of(() => _line.Label),
                "Weight" => Of(() => _line.Weight),
                "GroupId" => Of(() => _line.GroupId),
                "Comment" => Of(() => _line.Comment),
                _ => (ValueGetter<VBuffer<float>>)GetFeatures,
            };
            return DataViewUtils.Cast<TValue>(getter, column);
        }

        private ValueGetter<T> Of<T>(Func<T> get) => (ref T value) =>
        {
            CheckRow();
            value = get();
        };

        private void CheckRow() => Contracts.Check(IsGood, "Cannot call a getter on a cursor that stands on no row.");

        private void GetFeatures(ref VBuffer<float> value)
        {
            CheckRow();
            if (!_hasFeatures)
                FindFeatures();
            int length = Schema["Features"].Type.VectorSize();
            bool isDense = _features.Count > length / 2;
            var editor = VBufferEditor.Create(ref value, length, isDense ? length : _features.Count);
            if (isDense)
                editor.Values.Clear();
            for (int i = 0; i < _features.Count; i++)
            {
                var (slot, item) = _features[i];
                editor.Values[isDense ? slot : i] = item;
                if (!isDense)
                    editor.Indices[i] = slot;
            }
            value = editor.Commit();
        }

        private void FindFeatures()
        {
            _features.Clear();
            bool isSorted = true;
            foreach (var (key, item) in _line.Features)
            {
                int slot = _loader.SlotOf(key.Span);
                if (slot < 0)
                    continue;
                isSorted &= _features.Count == 0 || _features[^1].Slot < slot;
                _features.Add((slot, item));
            }
            if (!isSorted)
            {
                _features.Sort((a, b) => a.Slot.CompareTo(b.Slot));
                for (int i = 1; i < _features.Count; i++)
                    Contracts.Check(_features[i - 1].Slot != _features[i].Slot, "Duplicate keys found in dataset");
            }
            _hasFeatures = true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _lines.Dispose();
            base.Dispose(disposing);
        }
    }
}
