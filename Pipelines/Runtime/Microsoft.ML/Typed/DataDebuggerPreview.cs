using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data
{
    /// <summary>The first rows of data, by row and by column; for looking at, not for processing.</summary>
    public sealed class DataDebuggerPreview
    {
        internal DataDebuggerPreview(IDataView data, int maxRows)
        {
            Contracts.CheckValue(data, nameof(data));
            Contracts.CheckParam(maxRows >= 0, nameof(maxRows), $"The number of rows must not be negative, but was {maxRows}.");
            Schema = data.Schema;
            using var cursor = data.GetRowCursor(Schema);
            var readers = Schema
                .Select(column => GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Func<object>>(column.Type.RawType, Reader<int>, cursor, column))
                .ToArray();
            var rows = ImmutableArray.CreateBuilder<RowInfo>();
            while (rows.Count < maxRows && cursor.MoveNext())
                rows.Add(new RowInfo([.. readers.Select((reader, i) => KeyValuePair.Create(Schema[i].Name, reader()))]));
            RowView = rows.ToImmutable();
            ColumnView = [.. Schema.Select((column, i) => new ColumnInfo(column, [.. rows.Select(row => row.Values[i].Value)]))];
        }

        public DataViewSchema Schema { get; }

        public ImmutableArray<ColumnInfo> ColumnView { get; }

        public ImmutableArray<RowInfo> RowView { get; }

        public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

        private static Func<object> Reader<T>(DataViewRow row, DataViewSchema.Column column)
        {
            var getter = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                getter(ref value);
                return value;
            };
        }

        /// <summary>The values of a row with the names of their columns.</summary>
        [SuppressMessage("Performance", "CA1819", Justification = "The published shape.")]
        public sealed class RowInfo
        {
            internal RowInfo(KeyValuePair<string, object>[] values)
            {
                Values = values;
            }

            public KeyValuePair<string, object>[] Values { get; }

            public override string ToString() => $"{Values.Length} columns";
        }

        /// <summary>The values of a column.</summary>
        [SuppressMessage("Performance", "CA1819", Justification = "The published shape.")]
        public sealed class ColumnInfo
        {
            internal ColumnInfo(DataViewSchema.Column column, object[] values)
            {
                Column = column;
                Values = values;
            }

            public DataViewSchema.Column Column { get; }

            public object[] Values { get; }

            public override string ToString() => $"{Column.Name}: {Column.Type}";
        }
    }
}

namespace Microsoft.ML
{
    /// <summary>Shows what a step makes of the first rows of data.</summary>
    public static class DebuggerExtensions
    {
        public static DataDebuggerPreview Preview(this IDataView data, int maxRows = 100) => new(data, maxRows);

        /// <summary>What the transformer makes of the data.</summary>
        public static DataDebuggerPreview Preview(this ITransformer transformer, IDataView data, int maxRows = 100)
        {
            Contracts.CheckValue(transformer, nameof(transformer));
            return new DataDebuggerPreview(transformer.Transform(data), maxRows);
        }

        /// <summary>What the estimator, fitted to the first <paramref name="maxTrainingRows"/> rows, makes of the data.</summary>
        public static DataDebuggerPreview Preview(this IEstimator<ITransformer> estimator, IDataView data, int maxRows = 100, int maxTrainingRows = 100)
        {
            Contracts.CheckValue(estimator, nameof(estimator));
            Contracts.CheckValue(data, nameof(data));
            Contracts.CheckParam(maxTrainingRows >= 0, nameof(maxTrainingRows), $"The number of rows must not be negative, but was {maxTrainingRows}.");
            return new DataDebuggerPreview(estimator.Fit(new SkipTakeFilter(data, 0, maxTrainingRows)).Transform(data), maxRows);
        }

        public static DataDebuggerPreview Preview<TSource>(this IDataLoader<TSource> loader, TSource source, int maxRows = 100)
        {
            Contracts.CheckValue(loader, nameof(loader));
            return new DataDebuggerPreview(loader.Load(source), maxRows);
        }
    }
}
