using System.Collections.Immutable;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The type of a column of an <see cref="IDataView"/>.</summary>
public abstract class DataViewType : IEquatable<DataViewType>
{
    private protected DataViewType(Type rawType)
    {
        RawType = rawType ?? throw new ArgumentNullException(nameof(rawType));
    }

    /// <summary>The CLR type by which values of this column type are got.</summary>
    public Type RawType { get; }

    public abstract bool Equals(DataViewType other);

    public override bool Equals(object obj) => obj is DataViewType other && Equals(other);

    public override int GetHashCode() => RawType.GetHashCode();
}

/// <summary>The base of types that hold several values (vectors).</summary>
public abstract class StructuredDataViewType : DataViewType
{
    protected StructuredDataViewType(Type rawType) : base(rawType)
    {
    }
}

/// <summary>The base of types that hold one value without disposable resources.</summary>
public abstract class PrimitiveDataViewType : DataViewType
{
    protected PrimitiveDataViewType(Type rawType) : base(rawType)
    {
        if (typeof(IDisposable).IsAssignableFrom(rawType))
            throw new ArgumentException("A " + nameof(PrimitiveDataViewType) + " cannot have a disposable " + nameof(RawType), nameof(rawType));
    }

    public override bool Equals(DataViewType other) => ReferenceEquals(this, other);
}

/// <summary>Text; values are <see cref="ReadOnlyMemory{Char}"/>.</summary>
public sealed class TextDataViewType : PrimitiveDataViewType
{
    private TextDataViewType() : base(typeof(ReadOnlyMemory<char>))
    {
    }

    public static TextDataViewType Instance { get; } = new();

    public override string ToString() => "String";
}

/// <summary>The numeric types.</summary>
public sealed class NumberDataViewType : PrimitiveDataViewType
{
    private readonly string _name;

    private NumberDataViewType(Type rawType, string name) : base(rawType)
    {
        _name = name;
    }

    public static NumberDataViewType SByte { get; } = new(typeof(sbyte), nameof(SByte));
    public static NumberDataViewType Byte { get; } = new(typeof(byte), nameof(Byte));
    public static NumberDataViewType Int16 { get; } = new(typeof(short), nameof(Int16));
    public static NumberDataViewType UInt16 { get; } = new(typeof(ushort), nameof(UInt16));
    public static NumberDataViewType Int32 { get; } = new(typeof(int), nameof(Int32));
    public static NumberDataViewType UInt32 { get; } = new(typeof(uint), nameof(UInt32));
    public static NumberDataViewType Int64 { get; } = new(typeof(long), nameof(Int64));
    public static NumberDataViewType UInt64 { get; } = new(typeof(ulong), nameof(UInt64));
    public static NumberDataViewType Single { get; } = new(typeof(float), nameof(Single));
    public static NumberDataViewType Double { get; } = new(typeof(double), nameof(Double));

    public override string ToString() => _name;

    internal static NumberDataViewType FromRawType(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte => SByte,
        TypeCode.Byte => Byte,
        TypeCode.Int16 => Int16,
        TypeCode.UInt16 => UInt16,
        TypeCode.Int32 => Int32,
        TypeCode.UInt32 => UInt32,
        TypeCode.Int64 => Int64,
        TypeCode.UInt64 => UInt64,
        TypeCode.Single => Single,
        TypeCode.Double => Double,
        _ => throw new ArgumentException($"'{type}' is not a numeric type of a data view.", nameof(type)),
    };
}

/// <summary>Booleans.</summary>
public sealed class BooleanDataViewType : PrimitiveDataViewType
{
    private BooleanDataViewType() : base(typeof(bool))
    {
    }

    public static BooleanDataViewType Instance { get; } = new();

    public override string ToString() => "Boolean";
}

/// <summary>Dates with times.</summary>
public sealed class DateTimeDataViewType : PrimitiveDataViewType
{
    private DateTimeDataViewType() : base(typeof(DateTime))
    {
    }

    public static DateTimeDataViewType Instance { get; } = new();

    public override string ToString() => "DateTime";
}

/// <summary>Dates with times and their offset from UTC.</summary>
public sealed class DateTimeOffsetDataViewType : PrimitiveDataViewType
{
    private DateTimeOffsetDataViewType() : base(typeof(DateTimeOffset))
    {
    }

    public static DateTimeOffsetDataViewType Instance { get; } = new();

    public override string ToString() => "DateTimeOffset";
}

/// <summary>Durations.</summary>
public sealed class TimeSpanDataViewType : PrimitiveDataViewType
{
    private TimeSpanDataViewType() : base(typeof(TimeSpan))
    {
    }

    public static TimeSpanDataViewType Instance { get; } = new();

    public override string ToString() => "TimeSpan";
}

/// <summary>Row identifiers.</summary>
public sealed class RowIdDataViewType : PrimitiveDataViewType
{
    private RowIdDataViewType() : base(typeof(DataViewRowId))
    {
    }

    public static RowIdDataViewType Instance { get; } = new();

    public override string ToString() => "DataViewRowId";
}

/// <summary>
/// Keys: values of an unsigned integer type that stand for one of <see cref="Count"/> things,
/// 1-based, where 0 stands for a missing value.
/// </summary>
public sealed class KeyDataViewType : PrimitiveDataViewType
{
    public KeyDataViewType(Type type, ulong count) : base(type)
    {
        if (count == 0 || MaxCount(type) < count)
            throw new ArgumentOutOfRangeException(nameof(count), $"The cardinality of a {nameof(KeyDataViewType)} must be at least 1 and at most {MaxCount(type)} for the raw type {type.Name}, but was {count}.");
        Count = count;
    }

    public KeyDataViewType(Type type, int count) : this(type, count < 0 ? 0 : (ulong)count)
    {
    }

    public ulong Count { get; }

    public static bool IsValidDataType(Type type) =>
        type == typeof(byte) || type == typeof(ushort) || type == typeof(uint) || type == typeof(ulong);

    private static ulong MaxCount(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => byte.MaxValue,
        TypeCode.UInt16 => ushort.MaxValue,
        TypeCode.UInt32 => uint.MaxValue,
        TypeCode.UInt64 => ulong.MaxValue,
        _ => throw new ArgumentException($"Keys are held in Byte, UInt16, UInt32 or UInt64, not in {type}.", nameof(type)),
    };

    public override bool Equals(DataViewType other) =>
        other is KeyDataViewType key && RawType == key.RawType && Count == key.Count;

    public override int GetHashCode() => HashCode.Combine(RawType, Count);

    public override string ToString() => $"Key<{NumberDataViewType.FromRawType(RawType)}, 0-{Count - 1}>";
}

/// <summary>Vectors of a primitive type, of fixed or variable size; values are <see cref="VBuffer{T}"/>.</summary>
public sealed class VectorDataViewType : StructuredDataViewType
{
    public VectorDataViewType(PrimitiveDataViewType itemType, int size = 0)
        : this(itemType, ImmutableArray.Create(CheckSize(size)))
    {
    }

    public VectorDataViewType(PrimitiveDataViewType itemType, params int[] dimensions)
        : this(itemType, dimensions.ToImmutableArray())
    {
    }

    public VectorDataViewType(PrimitiveDataViewType itemType, ImmutableArray<int> dimensions)
        : base(VectorRawType(itemType))
    {
        if (dimensions.IsDefaultOrEmpty)
            throw new ArgumentException("A vector type needs at least one dimension.", nameof(dimensions));
        ItemType = itemType;
        Dimensions = dimensions;
        long size = 1;
        foreach (var dimension in dimensions)
        {
            size *= CheckSize(dimension);
            if (size > int.MaxValue)
                throw new ArgumentException("The product of the dimensions exceeds 2,147,483,647.", nameof(dimensions));
        }
        Size = (int)size;
    }

    public ImmutableArray<int> Dimensions { get; }

    /// <summary>Whether <see cref="Size"/> is positive: every value has that length.</summary>
    public bool IsKnownSize => Size > 0;

    public PrimitiveDataViewType ItemType { get; }

    /// <summary>The number of slots, or 0 where it varies from row to row.</summary>
    public int Size { get; }

    private static int CheckSize(int size) => size >= 0
        ? size
        : throw new ArgumentOutOfRangeException(nameof(size), size, "The size of a vector type must not be negative.");

    private static Type VectorRawType(PrimitiveDataViewType itemType)
    {
        ArgumentNullException.ThrowIfNull(itemType);
        return typeof(VBuffer<>).MakeGenericType(itemType.RawType);
    }

    public override bool Equals(DataViewType other) =>
        ReferenceEquals(this, other)
        || other is VectorDataViewType vector && Size == vector.Size && ItemType.Equals(vector.ItemType) && Dimensions.SequenceEqual(vector.Dimensions);

    public override int GetHashCode() => HashCode.Combine(ItemType, Size, Dimensions.Length);

    public override string ToString() =>
        Dimensions.Length == 1
            ? Size == 0 ? $"Vector<{ItemType}>" : $"Vector<{ItemType}, {Size}>"
            : $"Vector<{ItemType}, {string.Join(", ", Dimensions.Select(dimension => dimension == 0 ? "*" : dimension.ToString()))}>";
}

internal static class DataViewTypeExtensions
{
    public static DataViewType ItemTypeOrSelf(this DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>1 for a scalar, the size of a vector of fixed size, 0 for one of variable size.</summary>
    public static int ValueCount(this DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;

    public static int VectorSize(this DataViewType type) => type is VectorDataViewType vector ? vector.Size : 0;

    public static bool IsKnownSizeVector(this DataViewType type) => type.VectorSize() > 0;

    /// <summary>The count of a key type as an int, or 0 where it is no key or does not fit.</summary>
    public static int KeyCountAsInt(this DataViewType type) => type is KeyDataViewType { Count: <= int.MaxValue } key ? (int)key.Count : 0;

    public static ulong KeyCountOrZero(this DataViewType type) => type is KeyDataViewType key ? key.Count : 0;

    /// <summary>The primitive type, not a key, of a CLR type of the standard kinds; text for string.</summary>
    public static PrimitiveDataViewType PrimitiveFromRawType(Type type)
    {
        if (TryPrimitiveFromRawType(type, out var primitive))
            return primitive;
        throw Contracts.ExceptParam(nameof(type), $"The type {type} is not one that a data view holds.");
    }

    public static bool TryPrimitiveFromRawType(Type type, out PrimitiveDataViewType primitive)
    {
        primitive = type switch
        {
            _ when type == typeof(ReadOnlyMemory<char>) || type == typeof(string) => TextDataViewType.Instance,
            _ when type == typeof(bool) => BooleanDataViewType.Instance,
            _ when type == typeof(DateTime) => DateTimeDataViewType.Instance,
            _ when type == typeof(DateTimeOffset) => DateTimeOffsetDataViewType.Instance,
            _ when type == typeof(TimeSpan) => TimeSpanDataViewType.Instance,
            _ when type == typeof(DataViewRowId) => RowIdDataViewType.Instance,
            _ when type.IsPrimitive && !type.IsEnum && type != typeof(char) && type != typeof(nint) && type != typeof(nuint) => NumberDataViewType.FromRawType(type),
            _ => null,
        };
        return primitive != null;
    }
}
