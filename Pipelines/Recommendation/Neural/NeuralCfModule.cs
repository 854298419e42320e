using MLPipelines.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Recommendation;

/// <summary>The network in LibTorch, for training: from users and items, both int64 [rows], to the log odds [rows].</summary>
internal sealed class NeuralCfModule : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly NeuralCfWeights _start;
    private readonly double _dropout;
    private readonly Embedding? _userGmf, _itemGmf, _userMlp, _itemMlp;
    private readonly Linear[] _hidden;
    private readonly Linear _output;

    public NeuralCfModule(NeuralCfWeights start, double dropout)
        : base(nameof(NeuralCfModule))
    {
        (_start, _dropout) = (start, dropout);
        _userGmf = Table("user_gmf", start.UserGmf);
        _itemGmf = Table("item_gmf", start.ItemGmf);
        _userMlp = Table("user_mlp", start.UserMlp);
        _itemMlp = Table("item_mlp", start.ItemMlp);
        _hidden = new Linear[start.Hidden.Length];
        for (int i = 0; i < _hidden.Length; i++)
            _hidden[i] = Layer(NeuralCfWeights.LayerName(i), start.Hidden[i]);
        _output = Layer("output", start.Output);
    }

    public override Tensor forward(Tensor users, Tensor items)
    {
        var parts = new List<Tensor>();
        if (_userGmf is not null)
            parts.Add(_userGmf.forward(users).mul(_itemGmf!.forward(items)));
        if (_userMlp is not null)
        {
            var x = Drop(cat([_userMlp.forward(users), _itemMlp!.forward(items)], 1));
            foreach (var layer in _hidden)
                x = Drop(layer.forward(x).relu());
            parts.Add(x);
        }
        return _output.forward(parts.Count == 1 ? parts[0] : cat(parts, 1)).squeeze(1);
    }

    /// <summary>The numbers as they are now.</summary>
    public NeuralCfWeights ToWeights()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return new NeuralCfWeights
        {
            Dimension = _start.Dimension,
            UserGmf = _userGmf is null ? null : _userGmf.weight.ToFloats(),
            ItemGmf = _itemGmf is null ? null : _itemGmf.weight.ToFloats(),
            UserMlp = _userMlp is null ? null : _userMlp.weight.ToFloats(),
            ItemMlp = _itemMlp is null ? null : _itemMlp.weight.ToFloats(),
            Hidden = [.. _hidden.Select((layer, i) => new DenseLayer(_start.Hidden[i].Inputs, _start.Hidden[i].Outputs, layer.weight.ToFloats(), layer.bias.ToFloats()))],
            Output = new DenseLayer(_start.Output.Inputs, 1, _output.weight.ToFloats(), _output.bias.ToFloats()),
        };
    }

    private Tensor Drop(Tensor x) => _dropout > 0 && training ? nn.functional.dropout(x, _dropout, training: true) : x;

    private Embedding? Table(string name, float[]? values)
    {
        if (values is null)
            return null;
        var table = nn.Embedding_from_pretrained(tensor(values, [values.Length / _start.Dimension, _start.Dimension]).DetachFromDisposeScope(), freeze: false);
        register_module(name, table);
        return table;
    }

    private Linear Layer(string name, DenseLayer values)
    {
        var layer = ManagedWeights.MakeLinear(values.Inputs, values.Outputs, values.Weight, values.Bias);
        register_module(name, layer);
        return layer;
    }
}
