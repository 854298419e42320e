using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The kinds of values that a column of a text file or of a conversion can have.</summary>
[SuppressMessage("Design", "CA1008", Justification = "The published members.")]
[SuppressMessage("Design", "CA1028", Justification = "The published underlying type.")]
public enum DataKind : byte
{
    SByte = 1,
    Byte = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Int64 = 7,
    UInt64 = 8,
    Single = 9,
    Double = 10,
    String = 11,
    Boolean = 12,
    TimeSpan = 13,
    DateTime = 14,
    DateTimeOffset = 15,
}

/// <summary>The number of values of a key column: without <see cref="Count"/>, as many as its type holds.</summary>
public sealed class KeyCount
{
    public KeyCount()
    {
    }

    public KeyCount(ulong count)
    {
        Contracts.CheckParam(count != 0, nameof(count), "The cardinality of a key has to be greater than 0.");
        Count = count;
    }

    [SuppressMessage("Design", "CA1051", Justification = "The published shape.")]
    public ulong? Count;
}

internal static class DataKinds
{
    private static readonly (DataKind Kind, string Name, PrimitiveDataViewType Type)[] Known =
    [
        (DataKind.SByte, "I1", NumberDataViewType.SByte),
        (DataKind.Byte, "U1", NumberDataViewType.Byte),
        (DataKind.Int16, "I2", NumberDataViewType.Int16),
        (DataKind.UInt16, "U2", NumberDataViewType.UInt16),
        (DataKind.Int32, "I4", NumberDataViewType.Int32),
        (DataKind.UInt32, "U4", NumberDataViewType.UInt32),
        (DataKind.Int64, "I8", NumberDataViewType.Int64),
        (DataKind.UInt64, "U8", NumberDataViewType.UInt64),
        (DataKind.Single, "R4", NumberDataViewType.Single),
        (DataKind.Double, "R8", NumberDataViewType.Double),
        (DataKind.String, "TX", TextDataViewType.Instance),
        (DataKind.Boolean, "BL", BooleanDataViewType.Instance),
        (DataKind.TimeSpan, "TS", TimeSpanDataViewType.Instance),
        (DataKind.DateTime, "DT", DateTimeDataViewType.Instance),
        (DataKind.DateTimeOffset, "DZ", DateTimeOffsetDataViewType.Instance),
    ];

    public static bool IsDefined(DataKind kind) => kind is >= DataKind.SByte and <= DataKind.DateTimeOffset;

    public static PrimitiveDataViewType ToPrimitiveType(this DataKind kind) =>
        IsDefined(kind) ? Known[(int)kind - 1].Type : throw Contracts.ExceptParam(nameof(kind), $"{(int)kind} is no {nameof(DataKind)}.");

    /// <summary>The two letters that stand for a kind in the schema of a text file, as in <c>R4</c> for single precision.</summary>
    public static string ToShortName(this DataKind kind) => Known[(int)kind - 1].Name;

    /// <summary>The kind of a two-letter name or a longer one, in any casing.</summary>
    public static bool TryParse(string name, out DataKind kind)
    {
        foreach (var known in Known)
        {
            if (string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                kind = known.Kind;
                return true;
            }
        }
        DataKind? alias = name.ToUpperInvariant() switch
        {
            "TEXT" => DataKind.String,
            "NUM" => DataKind.Single,
            "BOOL" => DataKind.Boolean,
            _ => null,
        };
        if (alias == null && !name.All(char.IsAsciiDigit) && Enum.TryParse(name, ignoreCase: true, out kind) && IsDefined(kind))
            return true;
        kind = alias ?? default;
        return alias != null;
    }

    /// <summary>The kind of a CLR type; text for string. False for types that are none.</summary>
    public static bool TryGet(Type type, out DataKind kind)
    {
        if (DataViewTypeExtensions.TryPrimitiveFromRawType(type, out var primitive))
        {
            foreach (var known in Known)
            {
                if (known.Type == primitive)
                {
                    kind = known.Kind;
                    return true;
                }
            }
        }
        kind = default;
        return false;
    }

    /// <summary>The key type that holds <paramref name="keyCount"/> values in the integers of <paramref name="kind"/>.</summary>
    public static KeyDataViewType ToKeyType(DataKind kind, KeyCount keyCount)
    {
        var raw = kind == default ? typeof(ulong) : kind.ToPrimitiveType().RawType;
        Contracts.CheckUserArg(KeyDataViewType.IsValidDataType(raw), nameof(KeyCount), $"Bad item type for Key: {kind}. It must be Byte, UInt16, UInt32 or UInt64.");
        ulong max = Type.GetTypeCode(raw) switch
        {
            TypeCode.Byte => byte.MaxValue,
            TypeCode.UInt16 => ushort.MaxValue,
            TypeCode.UInt32 => uint.MaxValue,
            _ => ulong.MaxValue,
        };
        return new KeyDataViewType(raw, keyCount.Count ?? max);
    }
}
