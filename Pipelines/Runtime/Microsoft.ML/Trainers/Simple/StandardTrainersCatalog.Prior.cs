using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

public static partial class StandardTrainersCatalog
{
    public static PriorTrainer Prior(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string exampleWeightColumnName = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new PriorTrainer(catalog.GetEnvironment(), labelColumnName, exampleWeightColumnName);
    }
}
