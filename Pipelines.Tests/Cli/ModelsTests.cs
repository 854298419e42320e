using System.Reflection;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;

namespace MLPipelines.Tests.Cli;

/// <summary>What <c>mlp</c> can load.</summary>
[TestClass]
public sealed class ModelsTests
{
    [TestMethod]
    public void Every_codec_of_the_product_is_known()
    {
        var known = Models.Codecs().Select(codec => codec.GetType()).Append(typeof(MLNetStageCodec));
        var all = Directory.GetFiles(AppContext.BaseDirectory, "MLPipelines.*.dll").Select(Path.GetFileNameWithoutExtension)
            .Where(name => !name!.StartsWith("MLPipelines.Runtime.", StringComparison.Ordinal) && name != typeof(ModelsTests).Assembly.GetName().Name)
            .SelectMany(name => Assembly.Load(name!).GetTypes())
            .Where(type => type.IsSubclassOf(typeof(StageCodec)) && !type.IsAbstract).ToList();
        Assert.IsGreaterThan(10, all.Count);
        Assert.AreEqual("", string.Join(", ", all.Except(known).Select(type => type.FullName)));
    }

    [TestMethod]
    public void A_package_of_all_of_them_can_be_made() => Assert.IsNotNull(Models.Package(new MLContext(1)));
}
