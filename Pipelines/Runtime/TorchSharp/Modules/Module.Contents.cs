using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>The parameters with their names, those of modules within after a dot; each parameter once.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                Unique(NamedParameters("", recurse));

            /// <summary>The parameters, those of modules within too; each once.</summary>
            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(pair => pair.parameter);

            /// <summary>The buffers with their names, those of modules within after a dot; each buffer once.</summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) =>
                Unique(NamedBuffers("", recurse, include_nonpersistent));

            /// <summary>The buffers, those of modules within too; each once.</summary>
            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) => named_buffers(recurse, include_nonpersistent).Select(pair => pair.buffer);

            /// <summary>The modules right within this one, with their names.</summary>
            public virtual IEnumerable<(string name, Module module)> named_children() => _modules;

            /// <summary>The modules right within this one.</summary>
            public virtual IEnumerable<Module> children() => named_children().Select(pair => pair.module);

            /// <summary>All modules within this one, with their names; those right within come first.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var pair in _modules)
                    yield return pair;
                foreach (var (name, child) in _modules)
                {
                    foreach (var (inner, module) in child.named_modules())
                        yield return ($"{name}.{inner}", module);
                }
            }

            /// <summary>All modules within this one.</summary>
            public virtual IEnumerable<Module> modules() => named_modules().Select(pair => pair.module);

            /// <summary>Whether there is a buffer of that name, dots leading into modules.</summary>
            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            /// <summary>Whether there is a parameter of that name, dots leading into modules.</summary>
            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            /// <summary>The buffer of a name, dots leading into modules; null where there is none.</summary>
            public virtual Tensor get_buffer(string target)
            {
                TorchErrors.ThrowIfNull(target, nameof(target));
                if (_buffers.TryGet(target, out var buffer))
                    return buffer.Tensor;
                return Descend(target) is var (module, rest) && module is not null ? module.get_buffer(rest) : null;
            }

            /// <summary>The parameter of a name, dots leading into modules; null where there is none.</summary>
            public virtual Parameter get_parameter(string target)
            {
                TorchErrors.ThrowIfNull(target, nameof(target));
                if (_parameters.TryGet(target, out var parameter))
                    return parameter;
                return Descend(target) is var (module, rest) && module is not null ? module.get_parameter(rest) : null;
            }

            /// <summary>The parameters and the persistent buffers by their names; the tensors themselves, no copies.</summary>
            /// <param name="destination">Where they are added; null for a new dictionary.</param>
            /// <param name="prefix">What comes before each name, with a dot between.</param>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor> destination = null, string prefix = null)
            {
                destination ??= [];
                string start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (name, parameter) in NamedParameters(start, true))
                    destination.TryAdd(name, parameter);
                foreach (var (name, buffer) in NamedBuffers(start, true, false))
                    destination.TryAdd(name, buffer);
                return destination;
            }

            /// <summary>Copies tensors into the parameters and buffers of their names.</summary>
            /// <param name="source">The tensors.</param>
            /// <param name="strict">Whether the names must be just those of this module.</param>
            /// <param name="skip">Names to leave alone.</param>
            /// <returns>The names that the source lacks, and those that this module lacks.</returns>
            /// <exception cref="InvalidOperationException">The names differ, and strict was asked for.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string> skip = null)
            {
                skip ??= [];
                var target = state_dict();
                List<string> unexpected = [.. source.Keys.Where(name => !skip.Contains(name) && !target.ContainsKey(name))];
                List<string> missing = [.. target.Keys.Where(name => !skip.Contains(name) && !source.ContainsKey(name))];
                if (strict && missing.Count + unexpected.Count > 0)
                    TorchErrors.Invalid($"The names of the tensors are not those of the module; missing: {string.Join(", ", missing)}; unexpected: {string.Join(", ", unexpected)}.");
                using var quiet = no_grad();
                foreach (var (name, tensor) in source)
                {
                    if (!skip.Contains(name) && target.TryGetValue(name, out var own))
                        own.copy_(tensor);
                }
                return (missing, unexpected);
            }

            /// <summary>Moves and converts the parameters and buffers.</summary>
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking) => Convert(device, dtype, non_blocking);

            /// <summary>Moves the parameters and buffers.</summary>
            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Convert(new Device(deviceType, deviceIndex), null, non_blocking);

            /// <summary>Converts the parameters and buffers; those of integers and truth values stay as they are.</summary>
            protected internal virtual Module _to(ScalarType dtype, bool non_blocking) => Convert(null, dtype, non_blocking);

            // The objects stay, so that fields and optimisers that refer to them go on to do so: what they hold is exchanged.
            private Module Convert(Device device, ScalarType? type, bool nonBlocking)
            {
                if (device is not null)
                    InitializeDeviceType(device.type);
                using var quiet = no_grad();
                foreach (var (_, parameter) in _parameters)
                {
                    bool learns = parameter.requires_grad;
                    using (var gradient = parameter.grad)
                    {
                        if (!ConvertTensor(parameter, device, type, nonBlocking))
                            continue;
                        parameter.requires_grad = learns;
                        if (gradient is not null)
                        {
                            ConvertTensor(gradient, device, type, nonBlocking);
                            parameter.grad = gradient;
                        }
                    }
                }
                foreach (var (_, buffer) in _buffers)
                    ConvertTensor(buffer.Tensor, device, type, nonBlocking);
                foreach (var (_, module) in _modules)
                    module.Convert(device, type, nonBlocking);
                return this;
            }

            private static bool ConvertTensor(Tensor tensor, Device device, ScalarType? type, bool nonBlocking)
            {
                var wanted = type is { } floating && tensor.is_floating_point() ? floating : tensor.dtype;
                var place = device ?? tensor.device;
                if (wanted == tensor.dtype && place.type == tensor.device_type && (place.index < 0 || place.index == tensor.device_index))
                    return false;
                tensor.Exchange(tensor.to(wanted, place, non_blocking: nonBlocking).detach_());
                return true;
            }

            private IEnumerable<(string Name, Parameter Parameter)> NamedParameters(string prefix, bool recurse)
            {
                foreach (var (name, parameter) in _parameters)
                {
                    if (!parameter.IsInvalid)
                        yield return (prefix + name, parameter);
                }
                if (!recurse)
                    yield break;
                foreach (var (name, module) in _modules)
                {
                    foreach (var pair in module.NamedParameters($"{prefix}{name}.", true))
                        yield return pair;
                }
            }

            private IEnumerable<(string Name, Tensor Buffer)> NamedBuffers(string prefix, bool recurse, bool all)
            {
                foreach (var (name, buffer) in _buffers)
                {
                    if (!buffer.Tensor.IsInvalid && (all || buffer.Persistent))
                        yield return (prefix + name, buffer.Tensor);
                }
                if (!recurse)
                    yield break;
                foreach (var (name, module) in _modules)
                {
                    foreach (var pair in module.NamedBuffers($"{prefix}{name}.", true, all))
                        yield return pair;
                }
            }

            private static IEnumerable<(string, T)> Unique<T>(IEnumerable<(string Name, T Tensor)> named) where T : Tensor
            {
                var seen = new HashSet<nint>();
                foreach (var pair in named)
                {
                    if (seen.Add(pair.Tensor.handle))
                        yield return pair;
                }
            }

            private (Module, string) Descend(string target)
            {
                int dot = target.IndexOf('.');
                return dot > 0 && _modules.TryGet(target[..dot], out var module) ? (module, target[(dot + 1)..]) : default;
            }
        }
    }
}
