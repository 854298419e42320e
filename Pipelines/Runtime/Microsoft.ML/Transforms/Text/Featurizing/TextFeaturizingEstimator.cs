using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms
{
    /// <summary>The base of options of transforms.</summary>
    public abstract class TransformInputBase
    {
        private protected TransformInputBase()
        {
        }
    }
}

namespace Microsoft.ML.Transforms.Text
{
    /// <summary>A choice of stop words to be removed.</summary>
    public interface IStopWordsRemoverOptions
    {
    }

    /// <summary>
    /// Turns texts into vectors of weighted counts of their n-grams of words and of characters, which are slots where the
    /// training data has them.
    /// </summary>
    /// <remarks>
    /// The result is that of <see cref="TextNormalizingEstimator"/>, <see cref="WordTokenizingEstimator"/>,
    /// <see cref="TokenizingByCharactersEstimator"/>, <see cref="NgramExtractingEstimator"/> and
    /// <see cref="LpNormNormalizingEstimator"/> one after another, but all is done in one pass, on all cores.
    /// </remarks>
    public sealed class TextFeaturizingEstimator : IEstimator<ITransformer>
    {
        /// <summary>The languages whose stop words can be chosen.</summary>
        public enum Language
        {
            English = 1,
            French = 2,
            German = 3,
            Dutch = 4,
            Italian = 5,
            Spanish = 6,
            Japanese = 7
        }

        /// <summary>The norm that is made one, for n-grams of words and of characters each.</summary>
        public enum NormFunction
        {
            None = 0,
            L1 = 1,
            L2 = 2,
            Infinity = 3
        }

        /// <summary>What is done to texts, and which n-grams are counted.</summary>
        public sealed class Options : TransformInputBase
        {
            public Options()
            {
                WordFeatureExtractor = new WordBagEstimator.Options();
                CharFeatureExtractor = new WordBagEstimator.Options { NgramLength = 3, UseAllLengths = false };
            }

            /// <summary>The stop words to be removed; null for none, the default.</summary>
            public IStopWordsRemoverOptions StopWordsRemoverOptions { get; set; }

            /// <summary>What becomes of the case; the default value is <see cref="TextNormalizingEstimator.CaseMode.Lower"/>.</summary>
            public TextNormalizingEstimator.CaseMode CaseMode = TextNormalizingEstimator.CaseMode.Lower;

            /// <summary>Whether diacritical marks are kept; the default value is false.</summary>
            public bool KeepDiacritics;

            /// <summary>Whether punctuation marks are kept; the default value is true.</summary>
            public bool KeepPunctuations = true;

            /// <summary>Whether numbers are kept; the default value is true.</summary>
            public bool KeepNumbers = true;

            /// <summary>The column to be added with the words; null for none, the default.</summary>
            public string OutputTokensColumnName;

            /// <summary>The norm that is made one; the default value is <see cref="NormFunction.L2"/>.</summary>
            public NormFunction Norm = NormFunction.L2;

            /// <summary>The n-grams of words; null for none.</summary>
            public WordBagEstimator.Options WordFeatureExtractor { get; set; }

            /// <summary>The n-grams of characters; null for none. By default those of three characters.</summary>
            public WordBagEstimator.Options CharFeatureExtractor { get; set; }
        }

        private readonly IHost _host;
        private readonly TextFeaturizerSettings _settings;

        internal TextFeaturizingEstimator(IHostEnvironment env, string outputColumnName, string[] inputColumnNames, Options options = null)
        {
            _host = env.Register(nameof(TextFeaturizingEstimator));
            TextColumns.CheckNames(outputColumnName, inputColumnNames);
            _settings = TextFeaturizerSettings.Create(outputColumnName, inputColumnNames, options ?? new Options());
        }

        public ITransformer Fit(IDataView input)
        {
            Contracts.CheckValue(input, nameof(input));
            var source = new TextSource(_settings, input.Schema);
            var dictionary = TextDictionaryTrainer.Train(_host, _settings, source, input);
            CheckFilled(dictionary.Characters, "CharExtractor");
            CheckFilled(dictionary.WordNgrams, "WordExtractor");
            return new TextFeaturizingTransformer(_host, _settings, dictionary);
        }

        // A block without slots has no fixed size, and so no norm.
        private void CheckFilled(NgramDictionary block, string name)
        {
            if (block is { Count: 0 } && _settings.Norm != null)
                throw Contracts.ExceptSchemaMismatch("inputSchema", "input", $"{_settings.OutputColumnName}_{name}", LpNormNormalizingEstimatorBase.ExpectedColumnType, new VectorDataViewType(NumberDataViewType.Single).ToString());
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            Contracts.CheckValue(inputSchema, nameof(inputSchema));
            foreach (string name in _settings.InputColumnNames)
            {
                var column = inputSchema.FindInput(name);
                if (column.ItemType is not TextDataViewType)
                    throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", name, "scalar or vector of text", column.GetTypeString());
            }
            var added = new List<SchemaShape.Column>();
            if (_settings.TokensColumnName != null)
                added.Add(new SchemaShape.Column(_settings.TokensColumnName, SchemaShape.Column.VectorKind.VariableVector, TextDataViewType.Instance, false));
            if (_settings.WordNgrams != null || _settings.CharacterNgrams != null)
            {
                var annotations = new List<SchemaShape.Column> { SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames) };
                if (_settings.Norm != null)
                    annotations.Add(SchemaShapeExtensions.IsNormalizedAnnotation);
                added.Add(new SchemaShape.Column(_settings.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(annotations)));
            }
            return inputSchema.With(added);
        }
    }
}
