using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>A module that only gives its children a common part of their names.</summary>
internal sealed class ModuleGroup() : nn.Module(nameof(ModuleGroup))
{
    /// <summary>Registers a module under a path below another, with groups for what lies between.</summary>
    /// <param name="root">Where the path begins.</param>
    /// <param name="path">Names with dots between them, such as "encoder.layer.0.output.dense".</param>
    /// <param name="leaf">The module to register.</param>
    public static T Add<T>(nn.Module root, string path, T leaf)
        where T : nn.Module
    {
        string[] names = path.Split('.');
        GroupOf(root, names).register_module(names[^1], leaf);
        return leaf;
    }

    /// <summary>Registers a parameter under a path below a module.</summary>
    public static void AddParameter(nn.Module root, string path, Parameter parameter)
    {
        string[] names = path.Split('.');
        GroupOf(root, names).register_parameter(names[^1], parameter);
    }

    private static nn.Module GroupOf(nn.Module root, string[] names)
    {
        foreach (string name in names.AsSpan(..^1))
        {
            var child = root.named_children().FirstOrDefault(child => child.Item1 == name).Item2;
            if (child is null)
            {
                child = new ModuleGroup();
                root.register_module(name, child);
            }
            root = child;
        }
        return root;
    }
}
