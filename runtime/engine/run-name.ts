import type { FlowDefinition } from "./flow-definition.ts";

const adjectives =
  "amber able brave bright brisk calm clever cosy crisp deft dusty eager early fair fleet fond gentle glad golden grand happy hardy honest humble jolly keen kind lively loyal lucky mellow merry mild misty neat nimble noble patient plain polite proud quick quiet rapid ready rosy round rustic sandy serene sharp shiny silent silver simple sleek smart smooth snowy solid spry steady still stout sunny swift tall tame tidy tough trusty vast vivid warm wild wise witty young zesty".split(
    " ",
  );
const animals =
  "badger beaver bison bittern buzzard carp cat coot crane crow curlew deer dipper dove duck eagle egret falcon finch fox frog goat goose grebe grouse gull hare hawk hedgehog heron hoopoe horse ibis jackdaw jay kestrel kingfisher kite lark linnet lynx magpie marmot marten mole moose moth mouse newt nuthatch otter owl oyster perch pike pipit plover puffin quail raven robin rook ruff salmon seal shrew snail snipe sparrow squirrel starling stoat stork swallow swan swift tern thrush toad trout vole wagtail walrus weasel whale wigeon wolf wren".split(
    " ",
  );

/** Two words, as in Prefect: "quiet-otter". */
export function randomRunName(): string {
  return `${oneOf(adjectives)}-${oneOf(animals)}`;
}

function oneOf(words: readonly string[]): string {
  return words[Math.floor(Math.random() * words.length)] ?? "";
}

/** What the flow's `runName` says, or two words. */
export function flowRunName(definition: FlowDefinition, parameters: unknown): string {
  const { runName } = definition.settings;
  if (typeof runName === "string") return runName;
  try {
    const made: unknown = runName === undefined ? undefined : Reflect.apply(runName, undefined, [parameters]);
    if (typeof made === "string" && made !== "") return made;
  } catch {
    // Parameters that failed validation may not have what the name is made from.
  }
  return randomRunName();
}
