using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Columns of the file from <see cref="Min"/> up to, not including, <see cref="Limit"/>.</summary>
internal readonly record struct Segment(int Min, int Limit, bool ForceVector)
{
    /// <summary>The limit of a segment that extends to the end of each line.</summary>
    public const int Unlimited = int.MaxValue;

    public bool IsVariable => Limit == Unlimited;

    public int Length => Limit - Min;
}

/// <summary>A column of the data and the columns of the file that it is made of.</summary>
internal sealed class ColumnBinding
{
    public ColumnBinding(string name, PrimitiveDataViewType itemType, Segment[] segments)
    {
        Name = name;
        Segments = segments;
        var sorted = segments.OrderBy(segment => segment.Min).ToArray();
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i - 1].Limit > sorted[i].Min)
                throw Contracts.ExceptUserArg(nameof(TextLoader.Column.Source), $"Intervals specified for column '{name}' overlap");
        }
        int size = segments.Where(segment => !segment.IsVariable).Sum(segment => segment.Length);
        Type = segments.Any(segment => segment.IsVariable) ? new VectorDataViewType(itemType)
            : size > 1 || segments[0].ForceVector ? new VectorDataViewType(itemType, size)
            : itemType;
    }

    public string Name { get; }

    public DataViewType Type { get; }

    public Segment[] Segments { get; }
}

/// <summary>The columns of a text loader and, where there is a header, the names of the slots of vectors.</summary>
internal sealed class TextBindings
{
    private TextBindings(ColumnBinding[] columns, string header, TextFormat format)
    {
        Columns = columns;
        Header = header;
        var builder = new DataViewSchema.Builder();
        var slotNames = new SlotNames(header, format);
        foreach (var column in columns)
            builder.AddColumn(column.Name, column.Type, slotNames.AnnotationsOf(column));
        Schema = builder.ToSchema();
    }

    public ColumnBinding[] Columns { get; }

    /// <summary>The line of names, or null.</summary>
    public string Header { get; }

    public DataViewSchema Schema { get; }

    public static TextBindings Restore(ColumnBinding[] columns, string header, TextFormat format) => new(columns, header, format);

    public static TextBindings Create(IHost host, TextFormat format, TextLoader.Column[] columns, IMultiStreamSource headerFile, IMultiStreamSource dataSample)
    {
        using var channel = host.Start("Binding");
        foreach (var column in columns)
        {
            if (column.Source == null || column.Source.Length == 0)
                throw Contracts.ExceptUserArg(nameof(TextLoader.Column.Source), "Must specify some source column indices");
        }
        bool needsSize = format.InputSize == 0 && columns.Any(column => column.Source.Any(range => range.AutoEnd && range.Max == null));
        var lines = new List<string>();
        if (headerFile != null)
            lines.AddRange(TextSample.ReadLines(format, headerFile, 1));
        if (needsSize)
            lines.AddRange(TextSample.ReadLines(format, dataSample, 100));
        else if (headerFile == null && format.HasHeader)
            lines.AddRange(TextSample.ReadLines(format, dataSample, 1));
        int inputSize = needsSize ? InferSize(format, lines) : format.InputSize;
        var bindings = new ColumnsBuilder(channel, inputSize).Build(columns);
        string header = (format.HasHeader || headerFile != null) && lines.Count > 0 ? lines[0] : null;
        return new TextBindings(bindings, header, format);
    }

    private static int InferSize(TextFormat format, List<string> lines)
    {
        int min = int.MaxValue;
        int max = 0;
        foreach (string line in lines)
        {
            int count = TextSample.CountColumns(format, line);
            if (count == 0)
                continue;
            min = Math.Min(min, count);
            max = Math.Max(max, count);
        }
        if (max == 0)
            throw Contracts.ExceptUserArg(nameof(TextLoader.Column.Source), "Can't determine the number of source columns without valid data");
        if (min < max)
            throw Contracts.ExceptUserArg(nameof(TextLoader.Column.Source), "The size of input lines is not consistent");
        return Math.Min(min, Segment.Unlimited - 1);
    }

    private sealed class ColumnsBuilder(IChannel channel, int inputSize)
    {
        public ColumnBinding[] Build(TextLoader.Column[] columns)
        {
            var bindings = new ColumnBinding[columns.Length];
            var names = new HashSet<string>(StringComparer.Ordinal);
            int other = -1;
            int otherRange = -1;
            var segments = new Segment[columns.Length][];
            var types = new PrimitiveDataViewType[columns.Length];
            bool isDuplicate = false;
            for (int i = 0; i < columns.Length; i++)
            {
                var column = columns[i];
                Contracts.CheckNonWhiteSpace(column.Name, nameof(column.Name));
                isDuplicate |= !names.Add(column.Name.Trim());
                types[i] = ItemType(column);
                for (int range = 0; range < column.Source.Length; range++)
                {
                    if (!column.Source[range].AllOther)
                        continue;
                    Contracts.CheckUserArg(other < 0, nameof(TextLoader.Range.AllOther), "At most one all other range can be specified");
                    other = i;
                    otherRange = range;
                }
                segments[i] = Array.ConvertAll(column.Source, ToSegment);
            }
            if (isDuplicate)
                channel.Info(MessageSensitivity.None, "Duplicate name(s) specified - later columns will hide earlier ones");
            if (other >= 0)
                segments[other] = AllOthers(segments, other, otherRange);
            for (int i = 0; i < columns.Length; i++)
                bindings[i] = new ColumnBinding(columns[i].Name.Trim(), types[i], segments[i]);
            return bindings;
        }

        private static PrimitiveDataViewType ItemType(TextLoader.Column column)
        {
            if (column.KeyCount != null)
                return DataKinds.ToKeyType(column.DataKind, column.KeyCount);
            var kind = column.DataKind == default ? DataKind.Single : column.DataKind;
            Contracts.CheckUserArg(DataKinds.IsDefined(kind), nameof(column.DataKind), "Bad item type");
            return kind.ToPrimitiveType();
        }

        private Segment ToSegment(TextLoader.Range range)
        {
            int min = range.Min;
            Contracts.CheckUserArg(0 <= min && min < Segment.Unlimited - 1, nameof(range.Min), $"The first column of a range must be at least 0, but is {min}.");
            if (range.Max is { } max)
            {
                Contracts.CheckUserArg(min <= max && max < Segment.Unlimited - 1, nameof(range.Max), $"The last column of a range must be at least its first, {min}, but is {max}.");
                return new Segment(min, max + 1, range.ForceVector);
            }
            if (range.AutoEnd)
            {
                Contracts.CheckUserArg(min < inputSize, nameof(range.Min), $"Column #{min} not found in the dataset (it only has {inputSize} columns)");
                return new Segment(min, inputSize, true);
            }
            return range.VariableEnd ? new Segment(min, Segment.Unlimited, true) : new Segment(min, min + 1, range.ForceVector);
        }

        /// <summary>The segments of the column with the range of all others: that range without what any other has.</summary>
        private static Segment[] AllOthers(Segment[][] segments, int column, int range)
        {
            var taken = segments.SelectMany((own, i) => i == column ? own.Where((_, k) => k != range) : own).OrderBy(segment => segment.Min);
            var others = new List<Segment>();
            var (min, limit, _) = segments[column][range];
            foreach (var segment in taken)
            {
                if (min >= limit)
                    break;
                if (min < segment.Min)
                    others.Add(new Segment(min, Math.Min(segment.Min, limit), true));
                min = Math.Max(min, segment.Limit);
            }
            if (min < limit)
                others.Add(new Segment(min, limit, true));
            Segment[] all = [.. segments[column][..range], .. others, .. segments[column][(range + 1)..]];
            Contracts.CheckUserArg(all.Length > 0, nameof(TextLoader.Range.AllOther), "No index is selected as all other indexes.");
            return all;
        }
    }

    /// <summary>The names in a header.</summary>
    private sealed class SlotNames
    {
        private readonly SortedList<int, string> _names;

        public SlotNames(string header, TextFormat format)
        {
            _names = string.IsNullOrEmpty(header) ? [] : TextSample.Split(format, header);
        }

        public DataViewSchema.Annotations AnnotationsOf(ColumnBinding column)
        {
            if (!column.Type.IsKnownSizeVector())
                return null;
            var names = new ReadOnlyMemory<char>[column.Type.VectorSize()];
            int count = 0;
            int slot = 0;
            foreach (var segment in column.Segments)
            {
                foreach (var (index, name) in _names)
                {
                    if (index < segment.Min || index >= segment.Limit || name.Length == 0)
                        continue;
                    names[slot + index - segment.Min] = name.AsMemory();
                    count++;
                }
                slot += segment.Length;
            }
            if (count == 0)
                return null;
            var builder = new DataViewSchema.Annotations.Builder();
            builder.AddSlotNames(names);
            return builder.ToAnnotations();
        }
    }
}
