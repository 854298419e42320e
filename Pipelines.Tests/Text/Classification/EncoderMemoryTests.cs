using Microsoft.ML;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;
using TorchSharp;

namespace MLPipelines.Tests.EncoderText;

/// <remarks>Alone: the count of tensors is that of the process.</remarks>
[TestClass]
[DoNotParallelize]
public sealed class EncoderMemoryTests
{
    [TestMethod]
    public void PredictionsAndExplanationsLeaveNoTensorBehind()
    {
        var context = new MLContext(seed: 1);
        using var model = context.MulticlassClassification.Trainers.EncoderText(new() { Encoder = TinyText.Scratch(), Training = TinyText.Training() }).Fit(TinyText.View(context, TinyText.Intents(60)));
        string[] texts = [.. TinyText.Intents(20).Select(row => row.Text)];
        Use(20);
        long before = torch.Tensor.TotalCount;
        Use(200);
        Assert.AreEqual(before, torch.Tensor.TotalCount);

        void Use(int times)
        {
            for (int i = 0; i < times; i++)
            {
                model.Predict(texts);
                model.Explain(texts[i % texts.Length]);
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
