using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Entities;

/// <summary>The columns that an entity is read from.</summary>
internal sealed record EntityColumns(string? Id, string[] Numbers, string[] Categories, string[] Sets, char Separator)
{
    public static EntityColumns Of(AutoencoderOptions options) => new(options.IdColumnName, [.. options.NumberColumnNames], [.. options.CategoryColumnNames], [.. options.SetColumnNames], options.SetSeparator);
}

/// <summary>Reads entities from rows.</summary>
internal sealed class EntityReader
{
    private static readonly MethodInfo ScalarMethod = typeof(EntityReader).GetMethod(nameof(Scalar), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo BoxedMethod = typeof(EntityReader).GetMethod(nameof(Boxed), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo VectorMethod = typeof(EntityReader).GetMethod(nameof(Vector), BindingFlags.Static | BindingFlags.NonPublic)!;

    private readonly DataViewSchema.Column? _id;
    private readonly DataViewSchema.Column[] _numbers, _categories, _sets;
    private readonly char _separator;

    /// <param name="schema">The schema of the rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="withId">Whether identifiers are read too.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public EntityReader(DataViewSchema schema, EntityColumns columns, bool withId)
    {
        _id = withId && columns.Id is { } id ? schema.FindInput(id, IsCategory, "String, a whole number or a key") : null;
        _numbers = [.. columns.Numbers.Select(name => schema.FindInput(name, IsNumber, "a number or a truth value"))];
        _categories = [.. columns.Categories.Select(name => schema.FindInput(name, IsCategory, "String, a whole number, a truth value or a key"))];
        _sets = [.. columns.Sets.Select(name => schema.FindInput(name, IsSet, "String, or a vector of String or keys"))];
        _separator = columns.Separator;
    }

    public IEnumerable<DataViewSchema.Column> Columns => (_id is { } id ? [id] : Array.Empty<DataViewSchema.Column>()).Concat(_numbers).Concat(_categories).Concat(_sets).DistinctBy(column => column.Index);

    /// <summary>Makes what reads the current row.</summary>
    public Func<RawEntity> MakeReader(DataViewRow row)
    {
        var id = _id is { } column ? ReaderOf<string?>(ScalarMethod, row, column) : () => null;
        Func<float>[] numbers = [.. _numbers.Select(number => NumberReader(row, number))];
        Func<string?>[] categories = [.. _categories.Select(category => ReaderOf<string?>(ScalarMethod, row, category))];
        Func<string[]>[] sets = [.. _sets.Select(set => set.Type is VectorDataViewType ? ReaderOf<string[]>(VectorMethod, row, set) : Split(ReaderOf<string?>(ScalarMethod, row, set)))];
        return () => new RawEntity(id(), Array.ConvertAll(numbers, read => read()), Array.ConvertAll(categories, read => read()), Array.ConvertAll(sets, read => read()));
    }

    private Func<string[]> Split(Func<string?> text) => () => text()?.Split(_separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static bool IsNumber(DataViewType type) => type is BooleanDataViewType or NumberDataViewType;

    private static bool IsCategory(DataViewType type) =>
        type is TextDataViewType or KeyDataViewType or BooleanDataViewType || type is NumberDataViewType && type.RawType != typeof(float) && type.RawType != typeof(double);

    private static bool IsSet(DataViewType type) => type is TextDataViewType || type is VectorDataViewType { ItemType: TextDataViewType or KeyDataViewType };

    private static Func<float> NumberReader(DataViewRow row, DataViewSchema.Column column)
    {
        var read = (Func<object>)BoxedMethod.MakeGenericMethod(column.Type.RawType).Invoke(null, [row, column])!;
        return () => Convert.ToSingle(read(), CultureInfo.InvariantCulture);
    }

    private static Func<object> Boxed<T>(DataViewRow row, DataViewSchema.Column column) where T : notnull
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return value;
        };
    }

    private static Func<TResult> ReaderOf<TResult>(MethodInfo method, DataViewRow row, DataViewSchema.Column column)
    {
        var item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        return (Func<TResult>)method.MakeGenericMethod(item.RawType).Invoke(null, [row, column, item is KeyDataViewType ? column.KeyTextsOrNull() : null, item is KeyDataViewType])!;
    }

    private static Func<string?> Scalar<T>(DataViewRow row, DataViewSchema.Column column, string?[]? texts, bool isKey)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return TextOf(value, texts, isKey);
        };
    }

    private static Func<string[]> Vector<T>(DataViewRow row, DataViewSchema.Column column, string?[]? texts, bool isKey)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> values = default;
        return () =>
        {
            getter(ref values);
            var members = new List<string>();
            foreach (var value in values.GetValues())
            {
                if (TextOf(value, texts, isKey) is { } text)
                    members.Add(text);
            }
            return [.. members];
        };
    }

    private static string? TextOf<T>(T value, string?[]? texts, bool isKey)
    {
        if (value is ReadOnlyMemory<char> text)
            return text.Span.Trim() is { IsEmpty: false } trimmed ? trimmed.ToString() : null;
        return isKey ? KeyTexts.TextOfKey(texts, Convert.ToUInt64(value, CultureInfo.InvariantCulture)) : Convert.ToString(value, CultureInfo.InvariantCulture);
    }
}
