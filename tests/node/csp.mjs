// What Google's csp_evaluator finds wrong with the policy given as argument, as JSON.
import { CspEvaluator } from "csp_evaluator/dist/evaluator.js";
import { CspParser } from "csp_evaluator/dist/parser.js";

const found = new CspEvaluator(new CspParser(process.argv[2]).csp).evaluate();
console.log(JSON.stringify(found.map((one) => `${one.directive} ${one.value ?? ""}: ${one.description}`)));
