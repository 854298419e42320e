using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows that <see cref="BinarySaver"/> wrote.</summary>
internal sealed class BinaryLoader : IDataView
{
    private readonly IHost _host;
    private readonly IMultiStreamSource _source;
    private readonly string _name;
    private readonly long? _rowCount;

    public BinaryLoader(IHostEnvironment env, IMultiStreamSource source)
    {
        _host = env.Register("BinaryLoader");
        Contracts.CheckParam(source.Count == 1, nameof(source), "binary loader must be created with one file");
        _source = source;
        _name = source.GetPathOrNull(0) ?? "stream";
        using var stream = source.Open(0);
        Schema = BinaryBlocks.ReadHeader(stream, _name);
        _rowCount = stream.CanSeek ? BinaryBlocks.ReadRowCount(stream, _name) : null;
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _rowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new Cursor(this, DataViewUtils.ActiveColumns(Schema, columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursor
    {
        private readonly BinaryLoader _parent;
        private readonly BinaryColumn[] _columns;
        private readonly Delegate[] _getters;
        private readonly Stream _stream;
        private int _row = -1;
        private int _rowCount;
        private long _rowsRead;
        private bool _ended;

        public Cursor(BinaryLoader parent, bool[] active)
        {
            _parent = parent;
            _columns = new BinaryColumn[active.Length];
            _getters = new Delegate[active.Length];
            for (int i = 0; i < active.Length; i++)
            {
                if (!active[i])
                    continue;
                _columns[i] = BinaryColumn.Create(Schema[i].Type);
                _getters[i] = _columns[i].Getter(Row);
            }
            _stream = parent._source.Open(0);
            BinaryBlocks.ReadHeader(_stream, parent._name);
        }

        public override DataViewSchema Schema => _parent.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _columns[column.Index] != null;

        private int Row() => _row >= 0 ? _row : throw Contracts.Except("Cannot call a getter on a cursor that stands on no row.");

        protected override bool MoveNextCore()
        {
            if (++_row < _rowCount)
                return true;
            _row = -1;
            _parent._host.CheckAlive();
            if (_ended || !ReadBlock())
                return false;
            _row = 0;
            return true;
        }

        private bool ReadBlock()
        {
            string name = _parent._name;
            _rowCount = 0;
            int rowCount = BinaryBlocks.ReadInt32(_stream, name);
            if (rowCount == 0)
            {
                _ended = true;
                BinaryBlocks.ReadEnd(_stream, name, _rowsRead);
                return false;
            }
            if (rowCount is < 0 or > BinaryBlocks.MaxRows)
                throw Contracts.ExceptDecode($"'{name}' is damaged: a block of {rowCount} rows.");
            foreach (var column in _columns)
            {
                if (column == null)
                {
                    BinaryBlocks.SkipPart(_stream, name);
                    continue;
                }
                using var reader = new BinaryReader(BinaryBlocks.ReadPart(_stream, name), Encoding.UTF8);
                try
                {
                    column.Read(reader, rowCount);
                }
                catch (Exception e) when (e is EndOfStreamException or FormatException)
                {
                    throw Contracts.ExceptDecode(e, $"'{name}' is damaged: {e.Message}");
                }
            }
            _rowCount = rowCount;
            _rowsRead += rowCount;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)(_rowsRead - _rowCount + Row()), 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (_getters[column.Index] is not { } getter)
                throw DataViewUtils.ExceptInactive(column);
            return DataViewUtils.Cast<TValue>(getter, column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
