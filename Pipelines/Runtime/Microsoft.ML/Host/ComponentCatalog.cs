using System.Collections.Concurrent;
using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>
/// The assemblies from which a program allows saved custom mappings to take their factories.
/// Everything else that a model may hold comes from a closed list inside this library.
/// </summary>
public sealed class ComponentCatalog
{
    private readonly ConcurrentDictionary<Assembly, bool> _assemblies = new();
    private readonly ConcurrentDictionary<string, Type> _extensionTypes = new(StringComparer.Ordinal);

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        Contracts.CheckValue(assembly, nameof(assembly));
        if (!_assemblies.TryAdd(assembly, true))
            return;
        foreach (var type in assembly.GetTypes())
        {
            if (type.IsAbstract || type.GetCustomAttribute<ExtensionBaseAttribute>() is not { } extension)
                continue;
            if (!_extensionTypes.TryAdd(extension.ContractName, type) && throwOnError && _extensionTypes[extension.ContractName] != type)
                throw Contracts.Except($"Extension contract '{extension.ContractName}' is claimed by both {_extensionTypes[extension.ContractName]} and {type}.");
        }
    }

    /// <summary>The type registered under a contract name, or null.</summary>
    internal Type FindExtension(string contractName) => _extensionTypes.GetValueOrDefault(contractName);
}
