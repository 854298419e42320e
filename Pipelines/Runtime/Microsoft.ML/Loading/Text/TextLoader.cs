using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Reads text files with one row a line and columns between separators. Rows are read lazily, again for each cursor.
/// A field that is absent or empty is the default value of its column, one that cannot be read the default or NaN; both are
/// no error, but of the latter the first ten are reported to the log.
/// </summary>
public sealed partial class TextLoader : IDataLoader<IMultiStreamSource>
{
    private const string RegistrationName = "TextLoader";

    private readonly IHost _host;
    private readonly TextFormat _format;
    private readonly TextBindings _bindings;
    private readonly bool _useThreads;
    private readonly long _maxRows;

    /// <param name="env">The environment.</param>
    /// <param name="options">The settings.</param>
    /// <param name="dataSample">Data of the kind to be loaded, for what the settings leave open.</param>
    internal TextLoader(IHostEnvironment env, Options options = null, IMultiStreamSource dataSample = null)
    {
        options ??= new Options();
        _host = env.Register(RegistrationName);
        dataSample ??= new MultiFileSource(null);
        var headerFile = string.IsNullOrWhiteSpace(options.HeaderFile) ? null : new MultiFileSource(options.HeaderFile);

        if (options.Columns == null || options.Columns.Length == 0)
        {
            options = EmbeddedSchema.Find(_host, headerFile ?? dataSample, options) ?? options.Clone();
            if (options.Columns == null || options.Columns.Length == 0)
            {
                options.Columns =
                [
                    new Column("Label", DataKind.Single, 0),
                    new Column("Features", DataKind.Single, [new Range(1, null)]),
                ];
            }
        }

        _useThreads = options.UseThreads;
        _maxRows = options.MaxRows ?? long.MaxValue;
        Contracts.CheckUserArg(_maxRows >= 0, nameof(options.MaxRows), $"The number of rows must be at least 0, but is {_maxRows}.");
        Contracts.Check(options.InputSize is null or >= 0, $"inputSize must be at least 0, but is {options.InputSize}.");
        _format = ToFormat(options, headerFile != null);
        _bindings = TextBindings.Create(_host, _format, options.Columns, headerFile, dataSample);
    }

    private TextLoader(IHost host, TextFormat format, TextBindings bindings, long maxRows)
    {
        _host = host;
        _format = format;
        _bindings = bindings;
        _maxRows = maxRows;
        _useThreads = true;
    }

    private static TextFormat ToFormat(Options options, bool hasHeaderFile)
    {
        Contracts.CheckNonEmpty(options.Separators, nameof(options.Separators));
        char[] separators = [.. options.Separators.Distinct()];
        foreach (char separator in separators)
            CheckSeparator(separator, options.AllowSparse);
        Contracts.CheckUserArg(!separators.Contains(options.EscapeChar), nameof(options.EscapeChar), $"EscapeChar '{options.EscapeChar}' can't be used both as EscapeChar and separator");
        char marker = options.DecimalMarker;
        Contracts.CheckUserArg(marker is '.' or ',', nameof(options.DecimalMarker), $"Decimal marker cannot be the '{marker}' character. It must be '.' or ','.");
        Contracts.CheckUserArg(options.AllowQuoting || !separators.Contains(marker), nameof(options.DecimalMarker), $"Decimal marker and separator cannot be the same '{marker}' character.");
        return new TextFormat(separators)
        {
            AllowQuoting = options.AllowQuoting,
            AllowSparse = options.AllowSparse,
            TrimWhitespace = options.TrimWhitespace,
            ReadMultilines = options.ReadMultilines && options.AllowQuoting,
            HasHeader = options.HasHeader && !hasHeaderFile,
            MissingRealsAsNaNs = options.MissingRealsAsNaNs,
            EscapeChar = options.EscapeChar,
            DecimalMarker = marker,
            InputSize = Math.Min(options.InputSize ?? 0, Segment.Unlimited - 1),
        };
    }

    private static void CheckSeparator(char separator, bool allowSparse)
    {
        Contracts.CheckUserArg(separator != ':' || !allowSparse, nameof(Options.Separators), "When the separator is colon, turn off allowSparse");
        bool isLegal = (separator >= ' ' || separator == '\t') && !char.IsAsciiDigit(separator) && separator != '"' && !char.IsSurrogate(separator);
        Contracts.CheckUserArg(isLegal, nameof(Options.Separators), $"Illegal separator: '{separator}'");
    }

    /// <summary>The columns that the loader makes of any source.</summary>
    public DataViewSchema GetOutputSchema() => _bindings.Schema;

    public IDataView Load(IMultiStreamSource source)
    {
        Contracts.CheckValue(source, nameof(source));
        return new TextLoaderView(_host, _format, _bindings, _useThreads, _maxRows, source);
    }
}
