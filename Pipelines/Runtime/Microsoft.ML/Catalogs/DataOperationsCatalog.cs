using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Operations on data that learn nothing: loading, saving, filtering, splitting, caching.</summary>
public sealed partial class DataOperationsCatalog
{
    internal DataOperationsCatalog(IHostEnvironment env)
    {
        Environment = env;
    }

    internal IHostEnvironment Environment { get; }
}
