using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;

namespace MLPipelines.Imaging;

/// <summary>
/// The UNet of one run: its inputs and outputs are allocated once and written in place. Guidance, and what the graph says of types and
/// shapes, are settled here.
/// </summary>
internal sealed class Unet : IDisposable
{
    private readonly OnnxModel _model;
    private readonly int _images;
    private readonly int _height;
    private readonly int _width;
    private readonly int _channels;
    private readonly int _rows;
    private readonly int _batch;
    private readonly double _guidance;
    private readonly bool _guides;
    private readonly TensorElementType _timestepType;
    private readonly OrtValue _sample;
    private readonly OrtValue _timestep;
    private readonly OrtValue[] _prompts;
    private readonly OrtValue _output;
    private readonly OrtValue? _condition;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly float[] _results;

    /// <summary>Prepares runs over latents of one size.</summary>
    /// <param name="model">The UNet.</param>
    /// <param name="layout">The pipeline, for the length of the guidance's embedding.</param>
    /// <param name="images">How many pictures are made together.</param>
    /// <param name="height">Of the latents.</param>
    /// <param name="width">Of the latents.</param>
    /// <param name="channels">What the UNet takes: those of the latents, and of mask and masked picture.</param>
    /// <param name="prompt">What is to be seen.</param>
    /// <param name="negative">What is not, where guidance is above 1.</param>
    /// <param name="guidance">How strongly.</param>
    /// <param name="split">Whether the two evaluations of guidance run one after the other.</param>
    public Unet(OnnxModel model, PipelineLayout layout, int images, int height, int width, int channels, EncodedPrompt prompt, EncodedPrompt negative, double guidance, bool split)
    {
        (_model, _images, _height, _width, _channels, _guidance) = (model, images, height, width, channels, guidance);
        var sample = model.Input("sample");
        var timestep = model.Input("timestep");
        var states = model.Input("encoder_hidden_states");
        bool distilled = model.HasInput("timestep_cond");
        _guides = guidance > 1 && !distilled;
        _rows = _guides ? 2 * images : images;
        CheckShape(sample, states, prompt);
        // A graph with a fixed batch takes as many rows as it says; the last run may repeat one.
        _batch = sample.Dimensions[0] > 0 ? (int)sample.Dimensions[0] : split && _guides ? images : _rows;
        var output = model.HasOutput("out_sample") ? model.Output("out_sample") : model.Outputs[0];
        _outputNames = [output.Name];
        _timestepType = timestep.ElementType;
        var owned = new List<IDisposable>();
        try
        {
            _sample = Own(OnnxTensors.Allocate(sample.ElementType, _batch, channels, height, width));
            _output = Own(OnnxTensors.Allocate(output.ElementType, _batch, OutputChannels(output, layout), height, width));
            _timestep = Own(OnnxTensors.Allocate(_timestepType, timestep.Dimensions.Count == 0 ? [] : [Math.Max(1, timestep.Dimensions[0])]));
            int runs = (_rows + _batch - 1) / _batch;
            _prompts = new OrtValue[runs];
            for (int run = 0; run < runs; run++)
            {
                _prompts[run] = Own(OnnxTensors.Allocate(states.ElementType, _batch, prompt.Tokens, prompt.Width));
                for (int i = 0; i < _batch; i++)
                {
                    int row = Math.Min(run * _batch + i, _rows - 1);
                    Write(_prompts[run], i * prompt.Values.Length, _guides && row < images ? negative.Values : prompt.Values);
                }
            }
            var names = new List<string> { "sample", "timestep", "encoder_hidden_states" };
            if (distilled)
            {
                var info = model.Input("timestep_cond");
                int size = layout.TimeConditionSize > 0 ? layout.TimeConditionSize : info.Dimensions.Count == 2 && info.Dimensions[1] > 0 ? (int)info.Dimensions[1] : 256;
                _condition = Own(OnnxTensors.Allocate(info.ElementType, _batch, size));
                for (int i = 0; i < _batch; i++)
                    Write(_condition, i * size, GuidanceEmbedding(guidance - 1, size));
                names.Add("timestep_cond");
            }
            _inputNames = [.. names];
            _results = new float[_rows * LatentSize];
        }
        catch
        {
            owned.ForEach(value => value.Dispose());
            throw;
        }

        OrtValue Own(OrtValue value)
        {
            owned.Add(value);
            return value;
        }
    }

    /// <summary>Values of one picture's latents.</summary>
    private int LatentSize => _outputChannels * _height * _width;

    private int _outputChannels;

    /// <summary>The output for pictures' latents, with guidance.</summary>
    /// <param name="input">For each picture, <c>channels</c> × height × width values, scaled by the scheduler.</param>
    /// <param name="timestep">The timestep; graphs with a whole-number input see it cut off.</param>
    /// <param name="output">For each picture, what the network gives.</param>
    /// <param name="cancellation">Stops the run between two operators.</param>
    public void Predict(ReadOnlySpan<float> input, double timestep, Span<float> output, CancellationToken cancellation)
    {
        WriteTimestep(timestep);
        int inputSize = _channels * _height * _width;
        for (int run = 0, row = 0; row < _rows; run++, row += _batch)
        {
            for (int i = 0; i < _batch; i++)
                Write(_sample, i * inputSize, input.Slice(Math.Min(row + i, _rows - 1) % _images * inputSize, inputSize));
            OrtValue[] inputs = _condition == null ? [_sample, _timestep, _prompts[run]] : [_sample, _timestep, _prompts[run], _condition];
            _model.Run(_inputNames, inputs, _outputNames, [_output], cancellation);
            int rows = Math.Min(_batch, _rows - row);
            Read(_output, _results.AsSpan(row * LatentSize, rows * LatentSize));
        }
        if (!_guides)
        {
            _results.CopyTo(output);
            return;
        }
        int half = _images * LatentSize;
        var (without, with) = (_results.AsMemory(0, half), _results.AsMemory(half));
        Guide(without.Span, with.Span, (float)_guidance, output);
    }

    public void Dispose()
    {
        _sample.Dispose();
        _output.Dispose();
        _timestep.Dispose();
        _condition?.Dispose();
        foreach (var prompt in _prompts)
            prompt.Dispose();
    }

    /// <summary>without + guidance × (with - without).</summary>
    internal static void Guide(ReadOnlySpan<float> without, ReadOnlySpan<float> with, float guidance, Span<float> output)
    {
        for (int i = 0; i < output.Length; i++)
            output[i] = without[i] + guidance * (with[i] - without[i]);
    }

    /// <summary>Sines and cosines of the guidance, as latent consistency models take it.</summary>
    internal static float[] GuidanceEmbedding(double guidance, int size)
    {
        int half = size / 2;
        var embedding = new float[size];
        double step = Math.Log(10_000) / Math.Max(1, half - 1);
        for (int i = 0; i < half; i++)
        {
            double angle = 1000 * guidance * Math.Exp(-i * step);
            embedding[i] = (float)Math.Sin(angle);
            embedding[half + i] = (float)Math.Cos(angle);
        }
        return embedding;
    }

    private int OutputChannels(OnnxValueInfo output, PipelineLayout layout)
    {
        _outputChannels = output.Dimensions.Count == 4 && output.Dimensions[1] > 0 ? (int)output.Dimensions[1] : layout.LatentChannels;
        return _outputChannels == layout.LatentChannels ? _outputChannels : throw ImagingErrors.WrongShape(_model.Location, output.ToString(), $"{layout.LatentChannels} channels, those of the VAE's latents");
    }

    private void CheckShape(OnnxValueInfo sample, OnnxValueInfo states, EncodedPrompt prompt)
    {
        if (sample.Dimensions.Count != 4 || states.Dimensions.Count != 3)
            throw ImagingErrors.WrongShape(_model.Location, $"{sample}, {states}", "sample [batch, channels, height, width] and encoder_hidden_states [batch, tokens, width]");
        if (sample.Dimensions[1] > 0 && sample.Dimensions[1] != _channels)
            throw ImagingErrors.WrongShape(_model.Location, sample.ToString(), $"{_channels} channels");
        if (sample.Dimensions[2] > 0 && sample.Dimensions[2] != _height || sample.Dimensions[3] > 0 && sample.Dimensions[3] != _width)
            throw ImagingErrors.WrongShape(_model.Location, sample.ToString(), FormattableString.Invariant($"latents of {_width} × {_height}, which were asked for; the graph was exported for one size"));
        if (states.Dimensions[1] > 0 && states.Dimensions[1] != prompt.Tokens)
            throw ImagingErrors.WrongShape(_model.Location, states.ToString(), $"{prompt.Tokens} tokens; the graph was exported for one length, so that long prompts must be truncated");
        if (states.Dimensions[2] > 0 && states.Dimensions[2] != prompt.Width)
            throw ImagingErrors.WrongShape(_model.Location, states.ToString(), $"a width of {prompt.Width}, which the text encoder gives: the two are not of one model");
    }

    private void WriteTimestep(double timestep)
    {
        switch (_timestepType)
        {
            case TensorElementType.Int64:
                OnnxTensors.Elements<long>(_timestep).Fill((long)timestep);
                break;
            case TensorElementType.Int32:
                OnnxTensors.Elements<int>(_timestep).Fill((int)timestep);
                break;
            case TensorElementType.Float16:
                OnnxTensors.Elements<Half>(_timestep).Fill((Half)timestep);
                break;
            case TensorElementType.Double:
                OnnxTensors.Elements<double>(_timestep).Fill(timestep);
                break;
            case TensorElementType.Float:
                OnnxTensors.Elements<float>(_timestep).Fill((float)timestep);
                break;
            default:
                throw ImagingErrors.WrongType(_model.Location, $"timestep: {_timestepType}", "Float, Float16, Double, Int64 or Int32");
        }
    }

    /// <summary>Writes numbers into a tensor of 32- or 16-bit floats, from an element on.</summary>
    internal static void Write(OrtValue tensor, int at, ReadOnlySpan<float> values)
    {
        switch (tensor.GetTensorTypeAndShape().ElementDataType)
        {
            case TensorElementType.Float:
                values.CopyTo(OnnxTensors.Elements<float>(tensor)[at..]);
                break;
            case TensorElementType.Float16:
                System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(values, OnnxTensors.Elements<Half>(tensor).Slice(at, values.Length));
                break;
            case var other:
                throw ImagingErrors.WrongType("The model", $"{other}", "Float or Float16");
        }
    }

    /// <summary>Reads the first numbers of a tensor of floats.</summary>
    private static void Read(OrtValue tensor, Span<float> target)
    {
        if (tensor.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float)
            OnnxTensors.Elements<float>(tensor)[..target.Length].CopyTo(target);
        else
            OnnxTensors.ToFloats(tensor).AsSpan(0, target.Length).CopyTo(target);
    }
}
