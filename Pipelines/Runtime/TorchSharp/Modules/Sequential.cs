using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>An empty sequence of modules.</summary>
            public static Sequential Sequential() => new();

            /// <summary>Modules one after another, under names.</summary>
            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => Sequential((IEnumerable<(string, Module<Tensor, Tensor>)>)modules);

            /// <summary>Modules one after another; their names are their places.</summary>
            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => Sequential((IEnumerable<Module<Tensor, Tensor>>)modules);

            /// <summary>Modules one after another, under names.</summary>
            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules)
            {
                var sequence = new Sequential();
                foreach (var (name, module) in modules)
                    sequence.append(name, module);
                return sequence;
            }

            /// <summary>Modules one after another; their names are their places.</summary>
            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules)
            {
                var sequence = new Sequential();
                foreach (var module in modules)
                    sequence.append(module);
                return sequence;
            }

            /// <summary>Modules in a list; their names are their places.</summary>
            public static ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

            /// <summary>Modules in a list; their names are their places.</summary>
            public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            /// <summary>Modules under names.</summary>
            public static ModuleDict<Module> ModuleDict(params (string name, Module module)[] modules) => ModuleDict<Module>(modules);

            /// <summary>Modules under names.</summary>
            public static ModuleDict<T> ModuleDict<T>(params (string name, T module)[] modules) where T : Module
            {
                var result = new ModuleDict<T>();
                foreach (var (name, module) in modules)
                    result.Add(name, module);
                return result;
            }

            /// <summary>A tensor that is learnt.</summary>
            public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Modules one after another, each taking what the one before it gives.</summary>
    public class Sequential : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly List<torch.nn.IModule<torch.Tensor, torch.Tensor>> _steps = [];

        internal Sequential()
            : base(nameof(Sequential))
        {
        }

        /// <summary>The number of modules.</summary>
        public int Count => _steps.Count;

        /// <summary>The module at a place.</summary>
        public torch.nn.IModule<torch.Tensor, torch.Tensor> this[int index] => _steps[index];

        /// <summary>Adds a module at the end, under a name.</summary>
        public Sequential append(string name, torch.nn.IModule<torch.Tensor, torch.Tensor> module)
        {
            TorchErrors.ThrowIfNull(module, nameof(module));
            add_module(name, (torch.nn.Module)module);
            _steps.Add(module);
            return this;
        }

        /// <summary>Adds a module at the end; its name is its place.</summary>
        public Sequential append(torch.nn.IModule<torch.Tensor, torch.Tensor> module) => append(_steps.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), module);

        /// <summary>The forward pass: what lies between the modules is disposed of where no gradient needs it.</summary>
        public override torch.Tensor forward(torch.Tensor tensor)
        {
            if (_steps.Count == 0)
                return tensor.alias();
            using var scope = torch.NewDisposeScope();
            var current = tensor;
            foreach (var step in _steps)
                current = step.call(current);
            return ReferenceEquals(current, tensor) ? scope.MoveToOuter(tensor.alias()) : current.MoveToOuterDisposeScope();
        }
    }
}
