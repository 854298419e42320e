using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

/// <summary>Transforms and filters whose work is a function of the program.</summary>
public static class CustomMappingCatalog
{
    /// <summary>Adds the members of <typeparamref name="TDst"/> as columns, made by a function of the members of <typeparamref name="TSrc"/>.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="mapAction">The function: reads the first object, fills the second. Must be thread-safe and free from side effects.</param>
    /// <param name="contractName">The name under which a saved model finds the function again through a <see cref="CustomMappingFactory{TSrc, TDst}"/>; null for a mapping that cannot be saved.</param>
    /// <param name="inputSchemaDefinition">Which columns go into <typeparamref name="TSrc"/>; null for what its members say.</param>
    /// <param name="outputSchemaDefinition">Which columns <typeparamref name="TDst"/> gives; null for what its members say.</param>
    public static CustomMappingEstimator<TSrc, TDst> CustomMapping<TSrc, TDst>(
        this TransformsCatalog catalog,
        Action<TSrc, TDst> mapAction,
        string contractName,
        SchemaDefinition inputSchemaDefinition = null,
        SchemaDefinition outputSchemaDefinition = null)
        where TSrc : class, new()
        where TDst : class, new() =>
        new(catalog.Environment, mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition);

    /// <summary>As <see cref="CustomMapping"/>, with a state that each cursor has for itself.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="mapAction">The function: reads the first object, fills the second, may change the state.</param>
    /// <param name="stateInitAction">Prepares the state of a new cursor.</param>
    /// <param name="contractName">The name under which a saved model finds the functions again; null for a mapping that cannot be saved.</param>
    public static StatefulCustomMappingEstimator<TSrc, TDst, TState> StatefulCustomMapping<TSrc, TDst, TState>(
        this TransformsCatalog catalog,
        Action<TSrc, TDst, TState> mapAction,
        Action<TState> stateInitAction,
        string contractName)
        where TSrc : class, new()
        where TDst : class, new()
        where TState : class, new() =>
        new(catalog.Environment, mapAction, contractName, stateInitAction);

    /// <summary>Leaves out the rows for which the predicate is true.</summary>
    public static IDataView FilterByCustomPredicate<TSrc>(this DataOperationsCatalog catalog, IDataView input, Func<TSrc, bool> filterPredicate)
        where TSrc : class, new()
    {
        Contracts.CheckValue(filterPredicate, nameof(filterPredicate));
        return new CustomFilter<TSrc>(catalog.Environment, input, () => filterPredicate, isStateful: false);
    }

    /// <summary>Leaves out the rows for which the predicate is true, given a state that each cursor has for itself.</summary>
    public static IDataView FilterByStatefulCustomPredicate<TSrc, TState>(this DataOperationsCatalog catalog, IDataView input, Func<TSrc, TState, bool> filterPredicate, Action<TState> stateInitAction)
        where TSrc : class, new()
        where TState : class, new()
    {
        Contracts.CheckValue(filterPredicate, nameof(filterPredicate));
        Contracts.CheckValue(stateInitAction, nameof(stateInitAction));
        return new CustomFilter<TSrc>(catalog.Environment, input, MakePredicate, isStateful: true);

        Func<TSrc, bool> MakePredicate()
        {
            var state = new TState();
            stateInitAction(state);
            return row => filterPredicate(row, state);
        }
    }
}
