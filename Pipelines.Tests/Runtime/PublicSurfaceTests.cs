using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using TorchSharp;

namespace MLPipelines.Tests.Runtime;

/// <summary>The mirrored APIs have nothing public that ML.NET 5.0.0, or TorchSharp 0.102.7, does not have.</summary>
[TestClass]
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] ObjectMembers = [nameof(Equals), nameof(GetHashCode), nameof(ToString), nameof(IComparable.CompareTo), nameof(IEnumerable<object>.GetEnumerator)];

    private const string MLNet = "mlnet-api.txt";
    private const string AutoML = "automl-api.txt";
    private const string Torch = "torchsharp-api.txt";
    private const string Onnx = "onnx-api.txt";

    private static readonly Dictionary<string, (Assembly Assembly, ApiInventory Inventory)> Surfaces = new()
    {
        [MLNet] = (typeof(MLContext).Assembly, ApiInventory.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", MLNet))),
        [AutoML] = (typeof(Microsoft.ML.AutoML.ITuner).Assembly, ApiInventory.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", AutoML))),
        [Torch] = (typeof(torch).Assembly, ApiInventory.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", Torch))),
        [Onnx] = (typeof(OnnxCatalog).Assembly, ApiInventory.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", Onnx))),
    };

    [TestMethod]
    [DataRow(MLNet)]
    [DataRow(AutoML)]
    [DataRow(Torch)]
    [DataRow(Onnx)]
    public void EveryTypeIsPublished(string surface) => AssertNone(PublicTypes(surface)
        .Where(type => !Surfaces[surface].Inventory.Types.ContainsKey(Key(type)))
        .Select(type => $"{ApiRenderer.Kind(type)} {Key(type)}"));

    [TestMethod]
    [DataRow(MLNet)]
    [DataRow(AutoML)]
    [DataRow(Torch)]
    [DataRow(Onnx)]
    public void EveryTypeIsOfThePublishedKind(string surface) => AssertNone(Published(surface)
        .Where(pair => ApiRenderer.Kind(pair.Type) != pair.Api.Kind)
        .Select(pair => $"{Key(pair.Type)} is a {ApiRenderer.Kind(pair.Type)}, published as {pair.Api.Kind}"));

    [TestMethod]
    [DataRow(MLNet)]
    [DataRow(AutoML)]
    [DataRow(Torch)]
    [DataRow(Onnx)]
    public void EnumerationsAndDelegatesAreAsPublished(string surface) => AssertNone(Published(surface)
        .Select(pair => (pair.Type, pair.Api, Ours: ApiRenderer.Kind(pair.Type) switch
        {
            "enum" => ApiRenderer.EnumBody(pair.Type),
            "delegate" => ApiRenderer.DelegateBody(pair.Type),
            _ => pair.Api.Body,
        }))
        .Where(entry => entry.Ours != entry.Api.Body)
        .Select(entry => $"{Key(entry.Type)}: {entry.Ours} published as {entry.Api.Body}"));

    [TestMethod]
    [DataRow(MLNet)]
    [DataRow(AutoML)]
    [DataRow(Torch)]
    [DataRow(Onnx)]
    public void EveryMemberIsPublished(string surface) => AssertNone(Published(surface)
        .Where(pair => pair.Api.Kind is not ("enum" or "delegate"))
        .SelectMany(pair => Members(pair.Type).Where(member => !pair.Api.Members.Contains(member)).Select(member => $"{Key(pair.Type)}: {member}")));

    [TestMethod]
    [DataRow(MLNet)]
    [DataRow(AutoML)]
    [DataRow(Torch)]
    [DataRow(Onnx)]
    public void OptionsHaveThePublishedDefaults(string surface) => AssertNone(Published(surface)
        .Where(pair => pair.Api.Defaults.Count > 0 && !pair.Type.IsAbstract && !pair.Type.ContainsGenericParameters && pair.Type.GetConstructor([]) != null)
        .SelectMany(pair => DifferentDefaults(pair.Type, pair.Api)));

    private static IEnumerable<Type> PublicTypes(string surface) =>
        Surfaces[surface].Assembly.GetExportedTypes().Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)));

    private static IEnumerable<(Type Type, ApiType Api)> Published(string surface) =>
        from type in PublicTypes(surface)
        where Surfaces[surface].Inventory.Types.ContainsKey(Key(type))
        select (type, Surfaces[surface].Inventory.Types[Key(type)]);

    private static string Key(Type type) => $"{type.Namespace}.{ApiRenderer.Name(type)}";

    // A constructor without parameters may be made by the compiler.
    private static IEnumerable<string> Members(Type type) =>
    [
        .. type.GetConstructors().Where(constructor => constructor.GetParameters().Length > 0).Select(ApiRenderer.Constructor),
        .. type.GetMethods(Declared).Where(IsOwn).Select(ApiRenderer.Method),
        .. type.GetProperties(Declared).Where(property => IsFirstDeclaration(property.GetAccessors()[0])).Select(ApiRenderer.Property),
        .. type.GetFields(Declared).Select(ApiRenderer.Field),
        .. type.GetEvents(Declared).Select(declared => $"event {ApiRenderer.Name(declared.EventHandlerType!)} {declared.Name}"),
    ];

    private static bool IsOwn(MethodInfo method) =>
        !method.IsSpecialName && IsFirstDeclaration(method) && !ObjectMembers.Contains(method.Name) && !method.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsOfADictionary(method);

    /// <summary>The inventories leave out what a dictionary has by its interface.</summary>
    private static bool IsOfADictionary(MethodInfo method) => method.DeclaringType!.GetInterfaces()
        .Where(type => type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(IDictionary<,>) || type.GetGenericTypeDefinition() == typeof(ICollection<>)))
        .Any(type => method.DeclaringType.GetInterfaceMap(type).TargetMethods.Contains(method));

    private static bool IsFirstDeclaration(MethodInfo method) => method.GetBaseDefinition().DeclaringType == method.DeclaringType;

    private static IEnumerable<string> DifferentDefaults(Type type, ApiType api)
    {
        object instance = Activator.CreateInstance(type)!;
        foreach (var (name, published) in api.Defaults)
        {
            var member = type.GetMember(name, BindingFlags.Public | BindingFlags.Instance).FirstOrDefault();
            var (memberType, value) = member switch
            {
                FieldInfo field => (field.FieldType, field.GetValue(instance)),
                PropertyInfo property => (property.PropertyType, property.GetValue(instance)),
                _ => (typeof(object), null),
            };
            if (member == null || value is Array || (value != null && !value.GetType().IsPrimitive && value is not (string or Enum)))
                continue;
            string ours = ApiRenderer.Value(value, memberType);
            if (ours != published)
                yield return $"{Key(type)}.{name} = {ours}, published as {published}";
        }
    }

    private static void AssertNone(IEnumerable<string> differences)
    {
        string[] all = [.. differences.Order(StringComparer.Ordinal)];
        Assert.IsEmpty(all, string.Join(Environment.NewLine, all));
    }
}
