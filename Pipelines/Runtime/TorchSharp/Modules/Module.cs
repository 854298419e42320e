using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Neural networks.</summary>
    public static partial class nn
    {
        /// <summary>
        /// The base of networks and their layers: parameters, buffers and other modules under names. Fields of a class that
        /// derives from it are registered under their own names by <see cref="RegisterComponents"/>. Not thread-safe
        /// while it is changed; its forward pass is as safe as what it does.
        /// </summary>
        public partial class Module : IDisposable
        {
            private readonly OrderedNames<Module> _modules = new();
            private readonly OrderedNames<Parameter> _parameters = new();
            private readonly OrderedNames<(Tensor Tensor, bool Persistent)> _buffers = new();
            private readonly string _name;
            private bool _registered;
            private bool _disposed;

            /// <summary>A module of a name, which is for people.</summary>
            protected Module(string name)
            {
                _name = name;
            }

            /// <summary>Frees nothing: the tensors have finalizers of their own.</summary>
            ~Module() => Dispose(false);

            /// <summary>Whether it is in the training mode; true at first.</summary>
            public virtual bool training { get; private set; } = true;

            /// <summary>The name given at its making.</summary>
            public virtual string GetName() => _name;

            /// <summary>Disposes of its parameters and buffers, and of the modules within it.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Disposes of its parameters and buffers, and of the modules within it.</summary>
            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || _disposed)
                    return;
                _disposed = true;
                foreach (var (_, parameter) in _parameters)
                    parameter.Dispose();
                foreach (var (_, buffer) in _buffers)
                    buffer.Tensor.Dispose();
                foreach (var (_, module) in _modules)
                    module.Dispose();
            }

            /// <summary>Calls a function for each module within, the inner ones first, and for this one.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, module) in _modules)
                    module.apply(fn);
                fn(this);
                return this;
            }

            /// <summary>Sets the training mode, or the evaluation mode, here and in all modules within.</summary>
            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var (_, module) in _modules)
                    module.train(train);
            }

            /// <summary>Sets the evaluation mode here and in all modules within.</summary>
            public virtual void eval() => train(false);

            /// <summary>Drops the gradients of all parameters, or sets them to zero.</summary>
            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null)
                        continue;
                    if (set_to_none)
                        parameter.grad = null;
                    else
                        gradient.detach_().zero_();
                }
            }

            /// <summary>Adds a buffer: a tensor that is not learnt, but moves with the module.</summary>
            /// <exception cref="ArgumentNullException">There is no tensor.</exception>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                TorchErrors.ThrowIfNull(tensor, nameof(tensor));
                CheckFree(_buffers.Contains(name), name);
                _buffers[name] = (tensor, persistent);
            }

            /// <summary>Adds a parameter.</summary>
            /// <exception cref="ArgumentNullException">There is no parameter.</exception>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_parameter(string name, Parameter param)
            {
                TorchErrors.ThrowIfNull(param, nameof(param));
                CheckFree(_parameters.Contains(name), name);
                _parameters[name] = param;
            }

            /// <summary>Adds a module within this one, and registers its own fields.</summary>
            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Adds a module within this one, and registers its own fields; null takes one out.</summary>
            /// <exception cref="ArgumentException">The name is empty or has a dot.</exception>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null)
                {
                    _modules.Remove(name);
                    return;
                }
                if (string.IsNullOrEmpty(name) || name.Contains('.'))
                    TorchErrors.Argument($"The name of a module must be neither empty nor hold a dot, but is '{name}'.", nameof(name));
                CheckFree(_modules.Contains(name), name);
                submodule.RegisterComponents();
                _modules[name] = submodule;
            }

            /// <summary>
            /// Registers the modules, parameters and tensors that the fields hold, each under the field's name; for the end
            /// of a constructor. Names that are taken stay as they are.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                if (_registered)
                    return;
                _registered = true;
                foreach (var field in Fields(GetType()))
                {
                    string name = field.Name;
                    if (_modules.Contains(name) || _parameters.Contains(name) || _buffers.Contains(name))
                        continue;
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(name, module);
                            break;
                        case Parameter parameter:
                            register_parameter(name, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(name, tensor);
                            break;
                    }
                }
            }

            /// <summary>Puts a parameter in the place of one of that name, or adds it; null takes it out.</summary>
            protected void ConditionallyRegisterParameter(string name, Parameter value)
            {
                if (value is null)
                    _parameters.Remove(name);
                else
                    _parameters[name] = value;
            }

            /// <summary>Puts a buffer in the place of one of that name, or adds it; null takes it out.</summary>
            protected void ConditionallyRegisterBuffer(string name, Tensor value, bool persistent = true)
            {
                if (value is null)
                    _buffers.Remove(name);
                else
                    _buffers[name] = (value, persistent);
            }

            internal void ClearChildren() => _modules.Clear();

            private static void CheckFree(bool taken, string name)
            {
                if (taken)
                    TorchErrors.Invalid($"The name {name} is already registered.");
            }

            // Those of the base classes first, but none of this class or of what it declares itself.
            private static IEnumerable<FieldInfo> Fields(Type type)
            {
                if (type is null || type.Assembly == typeof(Module).Assembly)
                    return [];
                return Fields(type.BaseType).Concat(type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly));
            }
        }
    }
}
