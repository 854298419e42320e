using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>
/// Marks a factory of custom mappings with the contract name under which models refer to it. Models load it only
/// from assemblies given to <see cref="ComponentCatalog.RegisterAssembly"/>.
/// </summary>
public sealed class CustomMappingFactoryAttributeAttribute : ExtensionBaseAttribute
{
    public CustomMappingFactoryAttributeAttribute(string contractName) : base(contractName)
    {
    }
}

/// <summary>What a registered factory of either kind can do.</summary>
internal interface ICustomMappingFactory
{
    ITransformer CreateTransformer(IHostEnvironment env, string contractName);
}

/// <summary>Gives the function of a custom mapping when a model is loaded; needs a constructor without parameters.</summary>
public abstract class CustomMappingFactory<TSrc, TDst> : ICustomMappingFactory
    where TSrc : class, new()
    where TDst : class, new()
{
    public abstract Action<TSrc, TDst> GetMapping();

    ITransformer ICustomMappingFactory.CreateTransformer(IHostEnvironment env, string contractName) =>
        new CustomMappingTransformer<TSrc, TDst>(env, GetMapping(), contractName);
}

/// <summary>Gives the functions of a stateful custom mapping when a model is loaded; needs a constructor without parameters.</summary>
public abstract class StatefulCustomMappingFactory<TSrc, TDst, TState> : ICustomMappingFactory
    where TSrc : class, new()
    where TDst : class, new()
    where TState : class, new()
{
    public abstract Action<TSrc, TDst, TState> GetMapping();

    public abstract Action<TState> GetStateInitAction();

    ITransformer ICustomMappingFactory.CreateTransformer(IHostEnvironment env, string contractName) =>
        new StatefulCustomMappingTransformer<TSrc, TDst, TState>(env, GetMapping(), contractName, GetStateInitAction());
}

/// <summary>A saved custom mapping is its contract name; the function comes from the program.</summary>
internal static class CustomMappingCodec
{
    public const string LoaderName = "CustomTransformer";
    private const int FormatVersion = 1;

    public static void Save(ModelSaveContext ctx, string contractName)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        if (contractName == null)
            throw Contracts.Except("Empty contract name for a transform: the transform cannot be saved");
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(contractName);
    }

    public static ITransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        string contractName = ctx.Reader.ReadString();
        var type = ctx.Env.ComponentCatalog.FindExtension(contractName)
            ?? throw Contracts.Except($"The model needs the custom mapping '{contractName}', but no registered assembly has a class with [{nameof(CustomMappingFactoryAttributeAttribute)}(\"{contractName}\")]. Before loading, call {nameof(ComponentCatalog)}.{nameof(ComponentCatalog.RegisterAssembly)} with the assembly of that class.");
        return Activator.CreateInstance(type) is ICustomMappingFactory factory
            ? factory.CreateTransformer(ctx.Env, contractName)
            : throw Contracts.Except($"The class {type}, registered for the custom mapping '{contractName}', is neither a {nameof(CustomMappingFactory<,>)} nor a {nameof(StatefulCustomMappingFactory<,,>)}.");
    }
}
