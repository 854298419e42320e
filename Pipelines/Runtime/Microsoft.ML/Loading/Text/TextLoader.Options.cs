using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

public sealed partial class TextLoader
{
    /// <summary>How a column of the data is made from columns of the file.</summary>
    [SuppressMessage("Design", "CA1051", Justification = "The published shape.")]
    public sealed class Column
    {
        public Column()
        {
        }

        public Column(string name, DataKind dataKind, int index) : this(name, dataKind, [new Range(index)])
        {
        }

        /// <summary>A vector of the columns from <paramref name="minIndex"/> to <paramref name="maxIndex"/>, both included.</summary>
        public Column(string name, DataKind dataKind, int minIndex, int maxIndex) : this(name, dataKind, [new Range(minIndex, maxIndex)])
        {
        }

        public Column(string name, DataKind dataKind, Range[] source, KeyCount keyCount = null)
        {
            Contracts.CheckValue(name, nameof(name));
            Contracts.CheckValue(source, nameof(source));
            Name = name;
            DataKind = dataKind;
            Source = source;
            KeyCount = keyCount;
        }

        public string Name;

        /// <summary>The columns of the file, counted from 0.</summary>
        public Range[] Source;

        /// <summary>The number of values, for a key column.</summary>
        public KeyCount KeyCount;

        public DataKind DataKind { get; set; }
    }

    /// <summary>
    /// Columns of the file: from <see cref="Min"/> to <see cref="Max"/>; without <see cref="Max"/> the one at
    /// <see cref="Min"/>, or all from it on.
    /// </summary>
    [SuppressMessage("Design", "CA1051", Justification = "The published shape.")]
    public sealed class Range
    {
        public Range()
        {
        }

        /// <summary>One column.</summary>
        public Range(int index)
        {
            Contracts.CheckParam(index >= 0, nameof(index), "Must be non-negative");
            Min = index;
            Max = index;
        }

        /// <summary>
        /// A vector of columns; where <paramref name="max"/> is null up to the last, whose number is found in a sample of the data.
        /// </summary>
        public Range(int min, int? max)
        {
            Contracts.CheckParam(min >= 0, nameof(min), "Must be non-negative");
            Contracts.CheckParam(!(max < min), nameof(max), "If specified, must be greater than or equal to " + nameof(min));
            Min = min;
            Max = max;
            ForceVector = true;
            AutoEnd = max == null;
        }

        public int Min;

        /// <summary>The last column; where set, <see cref="AutoEnd"/> and <see cref="VariableEnd"/> are ignored.</summary>
        public int? Max;

        /// <summary>Whether the range extends to the end of the line, of which all have one length. Overrides <see cref="VariableEnd"/>.</summary>
        public bool AutoEnd;

        /// <summary>Whether the range extends to the end of each line, the vector being of variable length.</summary>
        public bool VariableEnd;

        /// <summary>Whether the range is of those columns only that no other range has.</summary>
        public bool AllOther;

        /// <summary>Whether a single column is a vector of length one.</summary>
        public bool ForceVector;
    }

    /// <summary>The settings of a <see cref="TextLoader"/>.</summary>
    [SuppressMessage("Design", "CA1051", Justification = "The published shape.")]
    [SuppressMessage("Naming", "CA1724", Justification = "The published name.")]
    public class Options
    {
        /// <summary>
        /// Whether a value may be in double quotes, within which separators are text and a quote is doubled (or follows <see cref="EscapeChar"/>).
        /// </summary>
        public bool AllowQuoting = Defaults.AllowQuoting;

        /// <summary>Whether a line may end in a sparse form: its length, then pairs <c>index:value</c>.</summary>
        public bool AllowSparse = Defaults.AllowSparse;

        /// <summary>The number of columns of the file; without it, each sparse part begins with its length.</summary>
        public int? InputSize;

        /// <summary>The characters that separate columns. The default value is a tab.</summary>
        public char[] Separators = [Defaults.Separator];

        /// <summary>The decimal marker of real numbers, <c>.</c> or <c>,</c>.</summary>
        public char DecimalMarker = Defaults.DecimalMarker;

        /// <summary>The columns of the data. Without any, they are taken from a schema in the file or are Label, the first, and Features, all others.</summary>
        public Column[] Columns;

        /// <summary>Whether white space at the end of lines is removed.</summary>
        public bool TrimWhitespace = Defaults.TrimWhitespace;

        /// <summary>Whether each file begins with a line of names. They become the slot names of vector columns.</summary>
        public bool HasHeader = Defaults.HasHeader;

        /// <summary>Whether several threads parse ahead of the reader.</summary>
        public bool UseThreads = true;

        /// <summary>Whether a quoted value may hold line breaks; each is read as a line feed. Needs <see cref="AllowQuoting"/>.</summary>
        public bool ReadMultilines = Defaults.ReadMultilines;

        /// <summary>A file whose first line holds the names, instead of that of the data.</summary>
        public string HeaderFile;

        /// <summary>The largest number of rows to read.</summary>
        public long? MaxRows;

        /// <summary>The character before a quote that is text within a quoted value. The default value is the quote itself.</summary>
        public char EscapeChar = Defaults.EscapeChar;

        /// <summary>Whether an empty real number is NaN and not zero.</summary>
        public bool MissingRealsAsNaNs = Defaults.MissingRealsAsNaNs;

        internal Options Clone() => (Options)MemberwiseClone();
    }

    internal static class Defaults
    {
        public const bool AllowQuoting = false;
        public const bool AllowSparse = false;
        public const char Separator = '\t';
        public const char DecimalMarker = '.';
        public const bool HasHeader = false;
        public const bool TrimWhitespace = false;
        public const bool ReadMultilines = false;
        public const char EscapeChar = '"';
        public const bool MissingRealsAsNaNs = false;
    }
}
