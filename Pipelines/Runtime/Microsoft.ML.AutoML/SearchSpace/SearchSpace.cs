using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.SearchSpace;

/// <summary>Options by name; their coordinates stand one option's after another's, in the order of the names.</summary>
public class SearchSpace : OptionBase, IDictionary<string, OptionBase>
{
    private readonly SortedDictionary<string, OptionBase> _options = new(StringComparer.Ordinal);

    public SearchSpace(params KeyValuePair<string, OptionBase>[] options)
    {
        foreach (var (key, option) in options)
            _options.Add(key, option);
    }

    /// <summary>The point to begin with.</summary>
    public new double[] Default => [.. _options.Values.SelectMany(option => option is SearchSpace space ? space.Default : option.Default)];

    public override int FeatureSpaceDim => _options.Values.Sum(option => option.FeatureSpaceDim);

    public override int?[] Step => [.. _options.Values.SelectMany(option => option.Step)];

    public ICollection<string> Keys => _options.Keys;

    public ICollection<OptionBase> Values => _options.Values;

    public int Count => _options.Count;

    public bool IsReadOnly => false;

    public OptionBase this[string key]
    {
        get => _options[key];
        set => _options[key] = value;
    }

    /// <summary>The values at a point, by the names of the options.</summary>
    public override Parameter SampleFromFeatureSpace(double[] feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        if (feature.Length != FeatureSpaceDim)
            throw new ArgumentException($"The point has {feature.Length} coordinates; the space has {FeatureSpaceDim}.", nameof(feature));
        var parameter = Parameter.CreateNestedParameter();
        int at = 0;
        foreach (var (key, option) in _options)
        {
            parameter[key] = option.SampleFromFeatureSpace(feature[at..(at + option.FeatureSpaceDim)]);
            at += option.FeatureSpaceDim;
        }
        return parameter;
    }

    /// <summary>The point of values.</summary>
    public override double[] MappingToFeatureSpace(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return [.. _options.SelectMany(option => option.Value.MappingToFeatureSpace(parameter[option.Key]))];
    }

    public void Add(string key, OptionBase value) => _options.Add(key, value);

    public void Add(KeyValuePair<string, OptionBase> item) => _options.Add(item.Key, item.Value);

    public bool ContainsKey(string key) => _options.ContainsKey(key);

    public bool Contains(KeyValuePair<string, OptionBase> item) => _options.Contains(item);

    public bool Remove(string key) => _options.Remove(key);

    public bool Remove(KeyValuePair<string, OptionBase> item) => _options.Remove(item.Key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out OptionBase value) => _options.TryGetValue(key, out value);

    public void Clear() => _options.Clear();

    public void CopyTo(KeyValuePair<string, OptionBase>[] array, int arrayIndex) => ((ICollection<KeyValuePair<string, OptionBase>>)_options).CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<string, OptionBase>> GetEnumerator() => _options.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The options that the attributes of a type's members declare; members of <paramref name="defaults"/> give what to begin with.</summary>
    private protected void Declare(Type type, object defaults)
    {
        foreach (var member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance))
        {
            if (TypeOf(member) is not { } memberType)
                continue;
            object begin = defaults is null ? null : ValueOf(member, defaults);
            foreach (var attribute in member.GetCustomAttributes())
            {
                switch (attribute)
                {
                    case RangeAttribute range:
                        Add(member.Name, NumberOption(member.Name, memberType, range, begin));
                        break;
                    case ChoiceAttribute choice:
                        object first = begin is not null && choice.Candidates.Any(candidate => Parameter.Of(candidate).Equals(Parameter.Of(begin))) ? begin : choice.DefaultValue;
                        Add(member.Name, new ChoiceOption(choice.Candidates, first));
                        break;
                    case BooleanChoiceAttribute flag:
                        Add(member.Name, new ChoiceOption([true, false], begin ?? flag.DefaultValue));
                        break;
                    case NestOptionAttribute:
                        var nested = new SearchSpace();
                        nested.Declare(memberType, begin);
                        Add(member.Name, nested);
                        break;
                }
            }
        }
    }

    private static OptionBase NumberOption(string name, Type type, RangeAttribute range, object begin)
    {
        double least = Convert.ToDouble(range.Min), most = Convert.ToDouble(range.Max);
        begin = begin is not null && Convert.ToDouble(begin) >= least && Convert.ToDouble(begin) <= most ? begin : range.Init;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(int) || type == typeof(short) || type == typeof(long))
            return new UniformIntOption(checked((int)least), checked((int)most), range.LogBase, begin is null ? null : Convert.ToInt32(begin));
        if (type == typeof(float))
            return new UniformSingleOption((float)least, (float)most, range.LogBase, begin is null ? null : Convert.ToSingle(begin));
        if (type == typeof(double))
            return new UniformDoubleOption(least, most, range.LogBase, begin is null ? null : Convert.ToDouble(begin));
        throw new ArgumentException($"The member '{name}' is a {type.Name}; a range needs an int, a long, a float or a double.");
    }

    private protected static Type TypeOf(MemberInfo member) => member switch
    {
        FieldInfo field => field.FieldType,
        PropertyInfo { CanRead: true, CanWrite: true } property => property.PropertyType,
        _ => null,
    };

    private static object ValueOf(MemberInfo member, object owner) => member is FieldInfo field ? field.GetValue(owner) : ((PropertyInfo)member).GetValue(owner);
}

/// <summary>The space that the attributes of a type's members declare.</summary>
public sealed class SearchSpace<T> : SearchSpace
    where T : class, new()
{
    private readonly T _defaultOption;

    public SearchSpace()
        : this(new T())
    {
    }

    public SearchSpace(T defaultOption)
    {
        ArgumentNullException.ThrowIfNull(defaultOption);
        _defaultOption = defaultOption;
        Declare(typeof(T), defaultOption);
    }

    /// <summary>The object at a point; members that are not searched are those of the default.</summary>
    public new T SampleFromFeatureSpace(double[] feature) => Complete(base.SampleFromFeatureSpace(feature));

    public double[] MappingToFeatureSpace(T input) => MappingToFeatureSpace(Parameter.FromObject(input));

    /// <summary>The object of values that were searched; the other members are those of the default.</summary>
    internal T Complete(Parameter searched)
    {
        var all = Parameter.FromObject(_defaultOption);
        Lay(searched, all);
        return all.AsType<T>();
    }

    private static void Lay(Parameter values, Parameter over)
    {
        foreach (var (key, value) in values)
        {
            if (value.ParameterType == ParameterType.Object && over.TryGetValue(key, out var below) && below.ParameterType == ParameterType.Object)
                Lay(value, below);
            else
                over[key] = value;
        }
    }
}
