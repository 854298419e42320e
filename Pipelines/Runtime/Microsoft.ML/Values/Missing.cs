using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Internal;

/// <summary>Tests a value.</summary>
internal delegate bool InPredicate<T>(in T value);

/// <summary>
/// What is missing: NaN of a floating-point type and 0 of a key. No other type has a missing value; empty text is text.
/// </summary>
internal static class Missing
{
    /// <summary>Whether values of this type can be missing.</summary>
    public static bool Exists(DataViewType type) =>
        type is KeyDataViewType || type == NumberDataViewType.Single || type == NumberDataViewType.Double;

    /// <summary>Whether a value is missing; null if values of this type never are.</summary>
    public static InPredicate<T> GetPredicate<T>(DataViewType type)
    {
        if (type is KeyDataViewType)
            return GetDefaultPredicate<T>();
        if (type == NumberDataViewType.Single)
            return (InPredicate<T>)(Delegate)new InPredicate<float>((in value) => float.IsNaN(value));
        if (type == NumberDataViewType.Double)
            return (InPredicate<T>)(Delegate)new InPredicate<double>((in value) => double.IsNaN(value));
        return null;
    }

    /// <summary>Whether a vector has a missing item; null if items of this type never are. Items that a sparse vector leaves out are zero.</summary>
    public static InPredicate<VBuffer<T>> GetVectorPredicate<T>(DataViewType itemType)
    {
        var isMissing = GetPredicate<T>(itemType);
        if (isMissing == null)
            return null;
        bool isZeroMissing = itemType is KeyDataViewType;
        return (in VBuffer<T> vector) =>
        {
            if (isZeroMissing && !vector.IsDense)
                return true;
            foreach (ref readonly T item in vector.GetValues())
            {
                if (isMissing(in item))
                    return true;
            }
            return false;
        };
    }

    /// <summary>The missing value of the type or, if it has none, its default.</summary>
    public static T GetValueOrDefault<T>(DataViewType type)
    {
        Contracts.Check(type.RawType == typeof(T), $"The values of type '{type}' are {type.RawType}, not {typeof(T)}.");
        if (typeof(T) == typeof(float))
            return (T)(object)float.NaN;
        if (typeof(T) == typeof(double))
            return (T)(object)double.NaN;
        return default;
    }

    /// <summary>Whether a value is the one that sparse vectors leave out: zero (of either sign), false, empty text.</summary>
    public static InPredicate<T> GetDefaultPredicate<T>() => typeof(T) == typeof(ReadOnlyMemory<char>)
        ? (InPredicate<T>)(Delegate)new InPredicate<ReadOnlyMemory<char>>((in value) => value.IsEmpty)
        : (in value) => EqualityComparer<T>.Default.Equals(value, default);
}
