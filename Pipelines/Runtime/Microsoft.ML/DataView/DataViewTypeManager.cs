using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The base of attributes that give a member of a row class a registered <see cref="DataViewType"/>.</summary>
public abstract class DataViewTypeAttribute : Attribute, IEquatable<DataViewTypeAttribute>
{
    public abstract void Register();

    public abstract bool Equals(DataViewTypeAttribute other);

    public override bool Equals(object obj) => obj is DataViewTypeAttribute other && Equals(other);

    public abstract override int GetHashCode();
}

/// <summary>Pairs of CLR types (with their attribute) and the data view types that stand for them.</summary>
public static class DataViewTypeManager
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<(Type, DataViewTypeAttribute), DataViewType> TypeOfClr = new();
    private static readonly Dictionary<DataViewType, (Type, DataViewTypeAttribute)> ClrOfType = new();

    public static void Register(DataViewType dataViewType, Type type, DataViewTypeAttribute typeAttribute = null)
    {
        Contracts.CheckValue(type, nameof(type));
        Contracts.CheckValue(dataViewType, nameof(dataViewType));
        lock (Gate)
        {
            if (dataViewType.RawType != type && DataViewTypeExtensions.TryPrimitiveFromRawType(type, out _))
                throw Contracts.ExceptParam(nameof(type), $"Type {type} has been registered as ML.NET's default supported type, so it can't not be registered again.");
            var clr = (type, typeAttribute);
            if (TypeOfClr.TryGetValue(clr, out var known) && !known.Equals(dataViewType))
                throw Contracts.ExceptParam(nameof(type), $"Repeated type register. The type {type} is already registered as {known}.");
            if (ClrOfType.TryGetValue(dataViewType, out var knownClr) && !Equals(knownClr, clr))
                throw Contracts.ExceptParam(nameof(dataViewType), $"Repeated type register. The data view type {dataViewType} is already registered for {knownClr.Item1}.");
            TypeOfClr[clr] = dataViewType;
            ClrOfType[dataViewType] = clr;
        }
    }

    internal static bool TryGetDataViewType(Type type, DataViewTypeAttribute typeAttribute, out DataViewType dataViewType)
    {
        typeAttribute?.Register();
        lock (Gate)
            return TypeOfClr.TryGetValue((type, typeAttribute), out dataViewType);
    }
}
