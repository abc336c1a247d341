/** Who may import whom (docs/architecture.md). Enforced by `npm run check`. */
const only = (folder, allowed) => ({
  name: `${folder}-only`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: allowed.map((one) => `^src/${one}`) },
});
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'core-is-pure', severity: 'error', from: { path: '^src/core/', pathNot: '\\.test\\.ts$' }, to: { dependencyTypes: ['core', 'npm'], pathNot: 'node_modules/(big\\.js|temporal-polyfill|@types/big\\.js)' } },
    only('core', ['core/']),
    only('platform', ['platform/', 'core/(money|rows)\\.ts']),
    only('autotask', ['autotask/', 'core/', 'platform/']),
    only('quickbooks', ['quickbooks/', 'core/', 'platform/']),
    only('store', ['store/', 'core/', 'platform/', 'config\\.ts']),
    only('mail', ['mail/', 'core/', 'platform/']),
    only('engine', ['engine/', 'autotask/', 'quickbooks/', 'store/', 'mail/', 'core/', 'platform/', 'config\\.ts']),
    only('api', ['api/', 'engine/', 'store/', 'mail/', 'core/', 'platform/', 'config\\.ts']),
    only('sandbox', ['sandbox/', 'core/money\\.ts', 'platform/']),
    { name: 'sandbox-stays-out', severity: 'error', from: { path: '^src/', pathNot: '^src/(sandbox/|cli/demo\\.ts)' }, to: { path: '^src/sandbox/' } },
    { name: 'web-knows-only-the-api', severity: 'error', from: { path: '^web/' }, to: { path: '^(src|test|bench|bin)/', pathNot: '^src/api/openapi-types\\.d\\.ts$' } },
    { name: 'web-stays-out', severity: 'error', from: { path: '^src/' }, to: { path: '^web/' } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] } },
};
