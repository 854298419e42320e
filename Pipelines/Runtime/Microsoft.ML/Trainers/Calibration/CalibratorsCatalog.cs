using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed partial class BinaryClassificationCatalog
{
    public sealed partial class CalibratorsCatalog
    {
        public NaiveCalibratorEstimator Naive(string labelColumnName = DefaultColumnNames.Label, string scoreColumnName = DefaultColumnNames.Score) =>
            new(Owner.GetEnvironment(), labelColumnName, scoreColumnName);

        public PlattCalibratorEstimator Platt(string labelColumnName = DefaultColumnNames.Label, string scoreColumnName = DefaultColumnNames.Score, string exampleWeightColumnName = null) =>
            new(Owner.GetEnvironment(), labelColumnName, scoreColumnName, exampleWeightColumnName);

        public FixedPlattCalibratorEstimator Platt(double slope, double offset, string scoreColumnName = DefaultColumnNames.Score) =>
            new(Owner.GetEnvironment(), slope, offset, scoreColumnName);

        public IsotonicCalibratorEstimator Isotonic(string labelColumnName = DefaultColumnNames.Label, string scoreColumnName = DefaultColumnNames.Score, string exampleWeightColumnName = null) =>
            new(Owner.GetEnvironment(), labelColumnName, scoreColumnName, exampleWeightColumnName);
    }
}
